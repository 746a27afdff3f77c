/* What the files of the core share. Nothing of it is exported; its functions carry the prefix all the same, since a
 * firmware image links many libraries into one. */
#ifndef SPT_INTERNAL_H
#define SPT_INTERNAL_H

#include "ct.h"
#include "springtail_crypto.h"

#include <string.h>

/* Width of a limb in the field arithmetic: 64 bits where the compiler has a 128-bit product, else 32. */
#ifndef SPT_LIMB_BITS
#ifdef __SIZEOF_INT128__
#define SPT_LIMB_BITS 64
#else
#define SPT_LIMB_BITS 32
#endif
#endif

#if SPT_LIMB_BITS == 64
typedef uint64_t limb;
__extension__ typedef unsigned __int128 wide;
#else
typedef uint32_t limb;
typedef uint64_t wide;
#endif

#define LIMBS (256 / SPT_LIMB_BITS)

#if defined(CT_CARRY_BY_BITS) && SPT_LIMB_BITS != 32
#error "carries by bits are for limbs of 32 bits"
#endif

/* --- bytes and words --- */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words of memory are taken as little-endian"
#endif

static inline void store32_be(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

static inline void store32_le(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)x;
    p[1] = (uint8_t)(x >> 8);
    p[2] = (uint8_t)(x >> 16);
    p[3] = (uint8_t)(x >> 24);
}

/* out = the n bytes the other way round: from a number to a big-endian one and back. in is not out. */
void spt_reverse_bytes(void *out, const void *in, size_t n);

/* Whether a processor reads and writes words wherever they stand. The tests with 32-bit limbs do as the boards do. */
#if SPT_LIMB_BITS == 64 && (defined(__x86_64__) || defined(__aarch64__))
#define WORD_ALIGNMENT 1
#else
#define WORD_ALIGNMENT 4
#endif

/* Words of it can be read and written whole. */
static inline int is_aligned(const void *p)
{
    return (uintptr_t)p % WORD_ALIGNMENT == 0;
}

/* in: p aligned. */
static inline uint32_t load32_le_aligned(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, __builtin_assume_aligned(p, WORD_ALIGNMENT), 4);
    return x;
}

static inline void store32_le_aligned(uint8_t *p, uint32_t x)
{
    memcpy(__builtin_assume_aligned(p, WORD_ALIGNMENT), &x, 4);
}

/* in: p aligned to 2. */
static inline uint32_t load16_le_aligned(const uint8_t *p)
{
    uint16_t x;
    memcpy(&x, __builtin_assume_aligned(p, 2), 2);
    return x;
}

static inline void store16_le_aligned(uint8_t *p, uint32_t x)
{
    uint16_t low = (uint16_t)x;
    memcpy(__builtin_assume_aligned(p, 2), &low, 2);
}

/* The four bytes the other way round. */
static inline uint32_t swap_bytes(uint32_t x)
{
    x = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
    return x << 16 | x >> 16;
}

static inline uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static inline uint32_t rotate_right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* Copies that may be of length 0 with a NULL pointer, which memcpy forbids. */
static inline void copy(void *to, const void *from, size_t n)
{
    if (n != 0)
        memcpy(to, from, n);
}

static inline void clear(void *p, size_t n)
{
    if (n != 0)
        memset(p, 0, n);
}

/* n > limit, also where a size_t never is. */
static inline int is_above(uint64_t n, uint64_t limit)
{
    return n > limit;
}

/* Overwrites n bytes of stack below the caller's frame, twice as many with 64-bit registers, where the functions that
 * it called have left what the compiler put there. Each exported function that touches a secret does its work in
 * functions of their own and ends with this; arrays and structures are wiped by those that own them all the same. */
void spt_wipe_stack(size_t n);

#if defined(__GNUC__)
#define OWN_FRAME __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define OWN_FRAME
#define ALWAYS_INLINE inline
#endif

/* --- SHA-256, HMAC --- */

typedef struct
{
    uint32_t h[8];
    uint32_t length_low, length_high; /* bytes so far, as 64 bits */
    uint8_t block[64];                /* the last length % 64 of them */
} sha256;

/* out = the state after a block of 16 words. out may be state, or the first words of the block. */
void spt_sha256_block(uint32_t out[8], const uint32_t state[8], const uint32_t block[16]);

/* out = the state after n blocks of 64 bytes. in: n at least 1; the blocks are aligned. */
void spt_sha256_blocks(uint32_t out[8], const uint32_t state[8], const uint8_t *in, size_t n);

extern const uint32_t spt_sha256_initial[8];

/* Begins with the state after `length` bytes, a multiple of 64. */
void spt_sha256_start(sha256 *s, const uint32_t state[8], uint32_t length);
void spt_sha256_update(sha256 *s, const uint8_t *in, size_t n);
void spt_sha256_finish(sha256 *s);               /* leaves the hash in s->h */
void spt_sha256_end(sha256 *s, uint8_t out[32]); /* as bytes; wipes s */

/* out = the words, each with its highest byte first; or from such bytes back to words, where both are aligned. */
void spt_store_words_be(uint8_t out[32], const uint32_t words[8]);

/* An HMAC key: the states after its two key blocks. */
typedef struct
{
    uint32_t inner[8], outer[8];
} hmac_key;

void spt_hmac_key_set(hmac_key *k, const uint8_t *key, size_t key_len);
void spt_hmac_start(sha256 *s, const hmac_key *k);
void spt_hmac_end(sha256 *s, const hmac_key *k, uint8_t mac[32]); /* wipes s, not k */

/* The block in which a hash ends whose second and last part, after a key block, is that of these words. */
void spt_hmac_block(uint32_t block[16], const uint32_t words[8]);

/* --- 256-bit numbers --- */

/* The limbs of a number from its words, the lowest first. */
#if SPT_LIMB_BITS == 64
#define PAIR(low, high) ((limb)(high) << 32 | (low))
#define LIMBS_OF(a, b, c, d, e, f, g, h) PAIR(a, b), PAIR(c, d), PAIR(e, f), PAIR(g, h)
#else
#define LIMBS_OF(a, b, c, d, e, f, g, h) a, b, c, d, e, f, g, h
#endif

#define ALL_ONES (~(limb)0)

/* All ones for 1, 0 for 0. */
static inline limb limb_mask(uint32_t bit)
{
    return (limb)0 - ct_hide(bit);
}

/* 1 when x is not 0, else 0. */
static inline uint32_t limb_nonzero(limb x)
{
    return ct_nonzero((uint32_t)x | (uint32_t)((uint64_t)x >> 32));
}

/* 1 when a is below b, else 0. */
static inline limb limb_below(limb a, limb b)
{
#if SPT_LIMB_BITS == 64
    return a < b;
#else
    return ct_below(a, b);
#endif
}

/* *r += b and *r -= b; return the carry and the borrow. in: b below half a limb's range. */
static inline limb add_small(limb *r, limb b)
{
#ifdef CT_CARRY_BY_BITS
    limb before = *r;
    *r += b;
    return (before & ~*r) >> (SPT_LIMB_BITS - 1);
#else
    *r += b;
    return *r < b;
#endif
}

static inline limb sub_small(limb *r, limb b)
{
#ifdef CT_CARRY_BY_BITS
    limb before = *r;
    *r -= b;
    return (*r & ~before) >> (SPT_LIMB_BITS - 1);
#else
    limb borrow = *r < b;
    *r -= b;
    return borrow;
#endif
}

/* *r = a + b + carry; returns the carry. in: carry 0 or 1. */
static inline limb add_limb(limb *r, limb a, limb b, limb carry)
{
    limb sum = a + b;
#ifdef CT_CARRY_BY_BITS
    *r = sum + carry;
    return ((a & b) | ((a | b) & ~*r)) >> (SPT_LIMB_BITS - 1);
#else
    limb first = sum < b;
    *r = sum + carry;
    return first | (*r < carry);
#endif
}

/* r = a + b; returns the carry. */
static inline uint32_t limbs_add(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS])
{
    limb carry = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
        carry = add_limb(&r[i], a[i], b[i], carry);
    return (uint32_t)carry;
}

/* *r = a - b - borrow; returns the borrow. in: borrow 0 or 1. */
static inline limb sub_limb(limb *r, limb a, limb b, limb borrow)
{
    limb difference = a - b;
#ifdef CT_CARRY_BY_BITS
    *r = difference - borrow;
    return (((b ^ *r) & (a ^ b)) ^ *r) >> (SPT_LIMB_BITS - 1);
#else
    limb first = a < b;
    *r = difference - borrow;
    return first | (difference < borrow);
#endif
}

/* r = a - b; returns the borrow. */
static inline uint32_t limbs_sub(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS])
{
    limb borrow = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
        borrow = sub_limb(&r[i], a[i], b[i], borrow);
    return (uint32_t)borrow;
}

/*
 * Sums of words and of products of words: what the columns of a long product are made of.
 *
 * Without carries to compare: the lowest word of the sum, and beside it the sum of its terms' upper halves. What the
 * lower halves add up to, fewer than 2^15 of them, is then low - (halves << 16), and so it is known what the lowest
 * word has lost. On the ESP32 and ESP32-S3, whose calls go by register windows, terms are added one by
 * one, in the order of the source, and their factors are read from memory each time: a compiler that knows better runs
 * out of registers.
 */
#ifdef CT_CARRY_BY_BITS
typedef struct
{
    uint32_t low, halves, high, high_halves;
} column;
typedef column sum64;

#if defined(__XTENSA_WINDOWED_ABI__)
#define IN_ORDER(x, y) __asm__ volatile("" : : "r"(x), "r"(y) : "memory")
#else
#define IN_ORDER(x, y) ((void)0)
#endif

static ALWAYS_INLINE uint32_t column_carry(const column *c)
{
    return (((c->low - (c->halves << 16)) >> 16) + c->halves) >> 16;
}

static ALWAYS_INLINE void column_add(column *c, uint32_t x)
{
    c->low += x;
    c->halves += x >> 16;
    IN_ORDER(c->low, c->halves);
}

static ALWAYS_INLINE void column_multiply_add(column *c, uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    column_add(c, (uint32_t)product);
    c->high += (uint32_t)(product >> 32);
    c->high_halves += (uint32_t)(product >> 48);
    IN_ORDER(c->high, c->high_halves);
}

static ALWAYS_INLINE uint32_t column_next(column *c)
{
    uint32_t low = c->low;
    *c = (column){c->high + column_carry(c), c->high_halves, 0, 0};
    return low;
}

#define sum64_add column_add

static ALWAYS_INLINE void sum64_multiply_add(sum64 *c, uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    column_add(c, (uint32_t)product);
    c->high += (uint32_t)(product >> 32);
    IN_ORDER(c->high, c->halves);
}

static ALWAYS_INLINE uint32_t sum64_next(sum64 *c)
{
    uint32_t low = c->low;
    *c = (sum64){c->high + column_carry(c), 0, 0, 0}; /* below 2^31, which may stand among the lower halves */
    return low;
}

static ALWAYS_INLINE sum64 sum64_of(uint32_t word)
{
    return (sum64){word, word >> 16, 0, 0};
}
#else
typedef struct
{
    limb c0, c1, c2;
} column;
typedef uint64_t sum64;

static ALWAYS_INLINE void column_add(column *c, limb x)
{
    c->c0 += x;
    x = c->c0 < x;
    c->c1 += x;
    c->c2 += c->c1 < x;
}

/* out: below three limbs */
static ALWAYS_INLINE void column_multiply_add(column *c, limb a, limb b)
{
    wide product = (wide)a * b;
    limb low = (limb)product, high = (limb)(product >> SPT_LIMB_BITS);
    c->c0 += low;
    high += c->c0 < low;
    c->c1 += high;
    c->c2 += c->c1 < high;
}

/* The lowest limb, which is taken off. */
static ALWAYS_INLINE limb column_next(column *c)
{
    limb low = c->c0;
    *c = (column){c->c1, c->c2, 0};
    return low;
}

/* The same for a sum of 32-bit words. in, out: below 2^63 */
static ALWAYS_INLINE void sum64_add(sum64 *c, uint32_t x)
{
    *c += x;
}

static ALWAYS_INLINE void sum64_multiply_add(sum64 *c, uint32_t a, uint32_t b)
{
    *c += (uint64_t)a * b;
}

static ALWAYS_INLINE uint32_t sum64_next(sum64 *c)
{
    uint32_t low = (uint32_t)*c;
    *c >>= 32;
    return low;
}

static ALWAYS_INLINE sum64 sum64_of(uint32_t word)
{
    return word;
}
#endif

/* And for one of limbs. in, out: below half of what two limbs hold */
#if SPT_LIMB_BITS == 64
typedef wide narrow;

static ALWAYS_INLINE narrow narrow_of(limb word)
{
    return word;
}

static ALWAYS_INLINE void narrow_add(narrow *c, limb x)
{
    *c += x;
}

static ALWAYS_INLINE void narrow_multiply_add(narrow *c, limb a, limb b)
{
    *c += (wide)a * b;
}

static ALWAYS_INLINE limb narrow_next(narrow *c)
{
    limb low = (limb)*c;
    *c >>= SPT_LIMB_BITS;
    return low;
}
#else
typedef sum64 narrow;
#define narrow_of sum64_of
#define narrow_add sum64_add
#define narrow_multiply_add sum64_multiply_add
#define narrow_next sum64_next
#endif

/* The same as loops, where that matters less; the sum is a + (b & mask). */
uint32_t spt_limbs_add(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS], limb mask);
uint32_t spt_limbs_sub(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS]);

/* r = a where bit is 1; r stays where it is 0. */
void spt_limbs_move_if(limb r[LIMBS], const limb a[LIMBS], uint32_t bit);

/* r = number `index` of `size` numbers, which stand `stride` numbers apart and are all read.
 * in: index below size. */
void spt_limbs_gather(limb r[LIMBS], const limb *table, unsigned stride, uint32_t size, uint32_t index);

/* a = a mod p. in: a below 3p. */
void spt_limbs_bring_below(limb a[LIMBS], const limb p[LIMBS]);

/* t = a * b, t = a^2; t is neither a nor b. */
void spt_limbs_multiply(limb t[restrict 2 * LIMBS], const limb a[LIMBS], const limb b[LIMBS]);
void spt_limbs_square(limb t[restrict 2 * LIMBS], const limb a[LIMBS]);

/* Word i, from the lowest. */
static inline uint32_t limbs_word(const limb a[LIMBS], unsigned i)
{
    return (uint32_t)(a[i * 32 / SPT_LIMB_BITS] >> i * 32 % SPT_LIMB_BITS);
}

/* --- inverses modulo a prime --- */

/* The sum of v[i] 2^(30 i); each v[i] but the top one is in 0 to 2^30 - 1. */
typedef struct
{
    int32_t v[9];
} spt_signed30;

typedef struct
{
    spt_signed30 p;   /* an odd prime below 2^256 */
    uint32_t inverse; /* 1/p mod 2^30 */
    spt_signed30 one; /* what the inverse comes multiplied with, below p */
} spt_modulus;

/* r = one / a mod p, below p; 0 for 0. in: a below p; r may be a. */
void spt_invert(limb r[LIMBS], const limb a[LIMBS], const spt_modulus *p);

/* --- the field of P-256 --- */

/* A residue mod p in Montgomery form: v stands for v / 2^256. Unless a function says otherwise any 256-bit value is
 * good as an input ("in: 256 bits") and comes as an output: residues are not kept below p. */
typedef struct
{
    limb v[LIMBS];
} p256_fe;

extern const p256_fe spt_p256_one;

void spt_p256_mul(p256_fe *r, const p256_fe *a, const p256_fe *b);
void spt_p256_square(p256_fe *r, const p256_fe *a);
void spt_p256_add(p256_fe *r, const p256_fe *a, const p256_fe *b);
void spt_p256_sub(p256_fe *r, const p256_fe *a, const p256_fe *b);
void spt_p256_half(p256_fe *r, const p256_fe *a);

/* 1/a, and 0 for 0. */
void spt_p256_invert(p256_fe *r, const p256_fe *a);

/* 1 when a is 0 mod p. */
uint32_t spt_p256_is_zero(const p256_fe *a);

/* From 32 big-endian bytes; 1 when they were below p, else 0 (r is then of no use). */
uint32_t spt_p256_from_bytes(p256_fe *r, const uint8_t in[32]);

/* The value below p, as 32 big-endian bytes. */
void spt_p256_to_bytes(uint8_t out[32], const p256_fe *a);

/* --- points of P-256 --- */

/* A point of the curve other than infinity. */
typedef struct
{
    p256_fe x, y;
} p256_affine;

/* x = X / Z^2, y = Y / Z^3; infinity, where it can come about, has Z = 0. */
typedef struct
{
    union
    {
        struct
        {
            p256_fe x, y;
        };
        p256_affine xy;
    };
    p256_fe z;
} p256_jacobian;

/* n, the order of the curve. */
extern const limb spt_p256_order[LIMBS];

/* Multiples of the base point, see p256_base.c. */
extern const p256_affine spt_p256_base_table[16];

/* Those of SPAKE2's M and N, see spake2_base.c. */
extern const p256_affine spt_spake2_m_table[8];
extern const p256_affine spt_spake2_n_table[8];

/* From X || Y; 1 when X, Y < p and on the curve. */
uint32_t spt_p256_load_point(p256_affine *p, const uint8_t in[64]);
void spt_p256_store_point(uint8_t out[64], const p256_affine *p);

/* r = scalar times p. 1 when the scalar is in [1, n-1]; else 0, and r is some point. in: p not infinity. */
uint32_t spt_p256_multiply(p256_affine *r, const uint8_t scalar[32], const p256_jacobian *p);

/* r = scalar times the point of a table of so many rows, 5 as spt_p256_base_table or 4, and the result as above. */
uint32_t spt_p256_multiply_fixed(p256_jacobian *r, const uint8_t scalar[32], const p256_affine *table, unsigned rows);

/* r = r + b, also when they are equal; 0 when they are opposite, and r is infinity, else 1. */
uint32_t spt_p256_point_add(p256_jacobian *r, const p256_affine *b);

/* The affine coordinates; (0, 0) for infinity. */
void spt_p256_to_affine(p256_affine *r, const p256_jacobian *p);

/* y = -y where negate is 1. */
void spt_p256_negate_if(p256_fe *y, uint32_t negate);

/* --- the field of X25519 --- */

/* A residue mod 2^255 - 19. Inputs and outputs are any 256-bit values, but where it says "tight": below 2^255 + 2^230.
 */
typedef struct
{
    limb v[LIMBS];
} x25519_fe;

void spt_25519_add(x25519_fe *r, const x25519_fe *a, const x25519_fe *b); /* in: tight */
void spt_25519_sub(x25519_fe *r, const x25519_fe *a, const x25519_fe *b); /* in: b tight */
void spt_25519_mul(x25519_fe *r, const x25519_fe *a, const x25519_fe *b); /* out: tight */
void spt_25519_square(x25519_fe *r, const x25519_fe *a);                  /* out: tight */

/* r = a + k b; tight when k is below 60. */
void spt_25519_add_times(x25519_fe *r, const limb a[LIMBS], const limb b[LIMBS], limb k);

/* (x : z) = k times the base point. in: k clamped. */
void spt_x25519_base(x25519_fe *x, x25519_fe *z, const limb k[LIMBS]);

/* --- ChaCha20 --- */

typedef struct
{
    uint32_t state[16]; /* before the rounds: constants, key, counter, nonce */
    uint32_t early[16]; /* what the first rounds make of it without the counter, see chacha20_blocks.c */
} chacha20;

/* Makes `early` of the state. */
void spt_chacha20_begin(chacha20 *c);

void spt_chacha20_set(chacha20 *c, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);

/* XORs n blocks, 1 or more, and moves the counter on; out may be in. Both are aligned, or both 2 bytes above a multiple
 * of 4. */
void spt_chacha20_blocks(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n);

/* XORs n bytes that may stand anywhere; n is a multiple of 64 in all calls but the last. */
void spt_chacha20_xor(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n);

/* --- Poly1305 --- */

typedef struct
{
    uint32_t r[4];   /* clamped */
    uint32_t h[5];   /* the sum: four words below 2^32, h[4] below 2^31 */
    uint32_t pad[4]; /* s of RFC 8439 */
} poly1305;

/* h = (h + block + 2^128) r, for n blocks. `in` is aligned, or 2 bytes above a multiple of 4. Then h and the blocks are
 * taken times 2^16, which is linear: so the words of a block but for its ends are words of memory. */
void spt_poly1305_blocks(poly1305 *p, const uint8_t *in, size_t n);

void spt_poly1305_start(poly1305 *p, const uint8_t key[32]);
void spt_poly1305_update(poly1305 *p, const uint8_t *in,
                         size_t n);                  /* what misses of the last 16 bytes counts as zeros */
void spt_poly1305_end(poly1305 *p, uint8_t tag[16]); /* wipes p */

/* spt_chacha20_poly1305_open that leaves plaintext as it was when the tag does not fit. */
int spt_chacha20_poly1305_open_if(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12],
                                  const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                  const uint8_t tag[16]);

/* --- AES-256 --- */

/* Transposes the 8 by 8 bits that byte r of the eight words makes, for each r: words to slices and back. */
void spt_aes256_transpose(uint32_t q[8]);

/* The last n rounds of the cipher on two blocks, with the n + 1 round keys from `key` on. Column c of block b is word
 * 2c + b. */
void spt_aes256_rounds(uint32_t q[8], const uint32_t *key, unsigned n);

typedef struct
{
    uint32_t round_key[15][8]; /* by slices, see aes256_rounds.c */
} aes256;

void spt_aes256_set(aes256 *a, const uint8_t key[32]);

/* Encrypts two blocks, as the words that their bytes make, the lowest first: word c of block b is blocks[2c + b]. */
void spt_aes256_encrypt_two(const aes256 *a, uint32_t blocks[8]);

#endif
