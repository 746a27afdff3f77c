/* Bytes: compare, turn round, wipe, random. */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* getrandom; NOLINT: the C library's own name */
#endif

#include "internal.h"

#if !defined(SPT_PORT_RANDOM)
#include <errno.h>
#include <sys/random.h>
#endif

int spt_constant_time_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t difference = 0;
    for (size_t i = 0; i < n; i++)
        difference |= (uint32_t)(a[i] ^ b[i]);
    return (int)(ct_nonzero(ct_hide(difference)) ^ 1);
}

void spt_reverse_bytes(void *out, const void *in, size_t n)
{
    const uint8_t *from = (const uint8_t *)in + n;
    for (uint8_t *to = out; from != in;)
        *to++ = *--from;
}

void spt_wipe(void *p, size_t n)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(p)); /* for all that the compiler knows, somebody else reads what is written there */
    clear(p, n);
#else
    volatile uint8_t *v = p;
    while (n-- != 0)
        *v++ = 0;
#endif
}

/* The callers' sizes are those of gcc's frames with the options of sources.cmake, which make this file for size. Where
 * compilers inline more, frames are larger, and without optimisation every value has a place of its own. */
#if !defined(__OPTIMIZE__)
#define MORE_STACK 1536
#elif defined(__clang__) || !defined(__OPTIMIZE_SIZE__)
#define MORE_STACK 768
#else
#define MORE_STACK 0
#endif

OWN_FRAME void spt_wipe_stack(size_t n)
{
    uint8_t below[n * (sizeof(void *) > 4 ? 2 : 1) + MORE_STACK];
#if defined(__clang__) || !defined(__OPTIMIZE__)
    volatile uint32_t between[2] = {0, 0}; /* what alignment leaves free beside its saved registers */
    (void)between;
#endif
    spt_wipe(below, sizeof below);
}

#if defined(SPT_PORT_RANDOM)

int spt_random(uint8_t *out, size_t n)
{
    if (spt_port_random(out, n) == 0)
        return 0;
    spt_wipe(out, n);
    return SPT_E_RANDOM;
}

#else

int spt_random(uint8_t *out, size_t n)
{
    size_t done = 0;
    while (done < n)
    {
        /* Up to 256 bytes come whole or not at all once the kernel's pool is ready. */
        size_t part = n - done < 256 ? n - done : 256;
        ssize_t got = getrandom(out + done, part, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
        {
            spt_wipe(out, n);
            return SPT_E_RANDOM;
        }
        done += (size_t)got;
    }
    return 0;
}

#endif
