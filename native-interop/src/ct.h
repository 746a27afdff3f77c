/*
 * The vocabulary of constant-time code. A mask is all ones for "yes" and 0 for "no". Each mask of a secret is made
 * here: where a compiler sees that a value has but two, "x & mask" may become a branch round it, and "bit * x" too.
 *
 * With SPT_CHECK_SECRETS the two marks below speak to a checker: valgrind's memcheck, for which secret bytes count as
 * undefined, or on RISC-V the emulator of tests/bare/taint.c. Both report each branch and each address that depends on
 * a secret. The tests mark what goes in; the library marks as public, with a reason, what may be acted upon.
 */
#ifndef SPT_CT_H
#define SPT_CT_H

#include <stddef.h>
#include <stdint.h>

#if defined(SPT_CHECK_SECRETS) && defined(__riscv)
/* A hint, which a processor passes over. */
static inline void ct_mark_secret(const void *p, size_t n)
{
    register const void *a0 __asm__("a0") = p;
    register size_t a1 __asm__("a1") = n;
    __asm__ volatile("slti zero, a0, 1" : : "r"(a0), "r"(a1) : "memory");
}
static inline void ct_mark_public(const void *p, size_t n)
{
    register const void *a0 __asm__("a0") = p;
    register size_t a1 __asm__("a1") = n;
    __asm__ volatile("slti zero, a0, 2" : : "r"(a0), "r"(a1) : "memory");
}
#define CT_SECRET(p, n) ct_mark_secret(p, n)
#define CT_PUBLIC(p, n) ct_mark_public(p, n)
/* Nothing below the stack pointer depends on a secret: what has been called left nothing behind. */
#define CT_STACK_IS_CLEAN() __asm__ volatile("slti zero, a0, 3" : : : "memory")
#elif defined(SPT_CHECK_SECRETS)
#include <valgrind/memcheck.h>
#define CT_SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define CT_PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))
#define CT_STACK_IS_CLEAN() ((void)0)
#else
#define CT_SECRET(p, n) ((void)(p), (void)(n))
#define CT_PUBLIC(p, n) ((void)(p), (void)(n))
#define CT_STACK_IS_CLEAN() ((void)0)
#endif

/* x, of which the compiler knows nothing: it cannot turn what follows into a branch. */
static inline uint32_t ct_hide(uint32_t x)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(x));
    return x;
#else
    volatile uint32_t v = x;
    return v;
#endif
}

/* Mask of bit. in: 0 or 1. */
static inline uint32_t ct_mask(uint32_t bit)
{
    return (uint32_t)0 - ct_hide(bit);
}

/* Mask of x below 0. */
static inline int32_t ct_negative(int32_t x)
{
    return (int32_t)ct_hide((uint32_t)(x >> 31));
}

/* 1 when x is not 0, else 0. */
static inline uint32_t ct_nonzero(uint32_t x)
{
    return (x | ((uint32_t)0 - x)) >> 31;
}

/* 1 when a and b are equal, else 0. */
static inline uint32_t ct_equal(uint32_t a, uint32_t b)
{
    return ct_nonzero(a ^ b) ^ 1;
}

/*
 * Carries and borrows, as 0 or 1. Most processors have an instruction that sets a register to "a < b"; Xtensa has none,
 * and its compiler makes a branch of every such comparison and of every sum of 64 bits. There they are made of the top
 * bits.
 */
#if defined(__XTENSA__) || defined(SPT_NO_SET_LESS_THAN)
#define CT_CARRY_BY_BITS
#endif

/* 1 when a is below b, else 0. */
static inline uint32_t ct_below(uint32_t a, uint32_t b)
{
#ifdef CT_CARRY_BY_BITS
    uint32_t difference = a - b;
    return (((b ^ difference) & (a ^ b)) ^ difference) >> 31; /* of b where a and b differ, else of the difference */
#else
    return a < b;
#endif
}

/* a + b mod 2^64. */
static inline uint64_t ct_add64(uint64_t a, uint64_t b)
{
#ifdef CT_CARRY_BY_BITS
    uint32_t low = (uint32_t)a + (uint32_t)b;
    uint32_t high = (uint32_t)(a >> 32) + (uint32_t)(b >> 32) + ct_below(low, (uint32_t)a);
    return (uint64_t)high << 32 | low;
#else
    return a + b;
#endif
}

/* a where mask is ones, b where it is 0. */
static inline uint32_t ct_select(uint32_t mask, uint32_t a, uint32_t b)
{
    return b ^ (mask & (a ^ b));
}

/* A result that may be acted upon, such as "the tag fits". */
static inline uint32_t ct_reveal(uint32_t x)
{
    CT_PUBLIC(&x, sizeof x);
    return x;
}

#endif
