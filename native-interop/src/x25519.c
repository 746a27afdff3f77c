/*
 * X25519 (RFC 7748): the Montgomery ladder on y^2 = x^3 + 486662 x^2 + x modulo p = 2^255 - 19.
 *
 * A field element is a 256-bit value, taken mod p; a tight one is below 2^255 + 2^230. Since 2^255 = 19, what stands
 * above bit 255 comes back as 19 times that; it is taken from the top limb before the others are done, so that one pass
 * is enough. Only the result is brought below p.
 */
#include "internal.h"

typedef struct
{
    limb v[LIMBS];
} fe;

#define TOP (LIMBS - 1)
#define BELOW_TOP_BIT (SPT_LIMB_BITS - 1)

static const fe one = {{1}};

/* r = a + b, tight both; out: 256 bits. With q > 0 one of them is below 2^230 once its top bit is off. */
static inline void add(fe *r, const fe *a, const fe *b)
{
    const limb mask = ALL_ONES >> 1;
    limb c = 19 * ((a->v[TOP] >> BELOW_TOP_BIT) + (b->v[TOP] >> BELOW_TOP_BIT));
    limb top = (a->v[TOP] & mask) + (b->v[TOP] & mask);
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        limb sum = a->v[i] + b->v[i], carry = sum < b->v[i];
        sum += c;
        c = carry + (sum < c);
        r->v[i] = sum;
    }
    r->v[TOP] = top + c;
}

/*
 * r = a - b + k p, in: a 256 bits, b tight; out: 256 bits.
 *
 * k p = k 2^255 - 19 k. With the top limbs' difference above 0 k is 0, with 0 it is 1, below 0 it is 2; so the top is
 * at least the borrow from below, 1 for k = 0 and at most 2 else, and does not overflow.
 */
static inline void sub(fe *r, const fe *a, const fe *b)
{
    const limb k = (limb)(a->v[TOP] <= b->v[TOP]) + (a->v[TOP] < b->v[TOP]);
    limb top = a->v[TOP] - b->v[TOP] + (k << BELOW_TOP_BIT), borrow = 19 * k;
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        limb difference = a->v[i] - b->v[i], first = a->v[i] < b->v[i];
        r->v[i] = difference - borrow;
        borrow = first + (difference < borrow);
    }
    r->v[TOP] = top - borrow;
}

/* sum = a + b, difference = a - b. in: both tight; out: 256 bits. sum may be a. */
static void add_and_sub(fe *sum, fe *difference, const fe *a, const fe *b)
{
    fe t;
    add(&t, a, b);
    sub(difference, a, b);
    *sum = t;
}

/* in: any t below 2^512; out: tight. */
static void reduce(fe *r, const limb t[2 * LIMBS])
{
    wide top = (wide)t[2 * LIMBS - 1] * 38 + t[TOP];
    wide c = (top >> BELOW_TOP_BIT) * 19;
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        c += (wide)t[i + LIMBS] * 38 + t[i];
        r->v[i] = (limb)c;
        c >>= SPT_LIMB_BITS;
    }
    /* c is at most 39. */
    r->v[TOP] = ((limb)top & ALL_ONES >> 1) + (limb)c;
}

static void mul(fe *r, const fe *a, const fe *b)
{
    limb t[2 * LIMBS];
    spt_limbs_multiply(t, a->v, b->v);
    reduce(r, t);
}

static void square(fe *r, const fe *a)
{
    limb t[2 * LIMBS];
    spt_limbs_square(t, a->v);
    reduce(r, t);
}

/* r = a + 121665 b; in, out: 256 bits. */
static void add_scaled(fe *r, const fe *a, const fe *b)
{
    wide top = (wide)b->v[TOP] * 121665 + a->v[TOP];
    wide c = (top >> BELOW_TOP_BIT) * 19;
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        c += (wide)b->v[i] * 121665 + a->v[i];
        r->v[i] = (limb)c;
        c >>= SPT_LIMB_BITS;
    }
    /* c is at most 121666. */
    r->v[TOP] = ((limb)top & ALL_ONES >> 1) + (limb)c;
}

/* r = a where mask is ones. */
static void move_if(fe *r, const fe *a, limb mask)
{
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
        r->v[i] ^= mask & (r->v[i] ^ a->v[i]);
}

/* words = a below p. in: 256 bits. */
static void below_p(uint32_t words[8], const fe *a)
{
    static const limb nineteen[LIMBS] = {19};
    const limb top_bit = (limb)1 << (SPT_LIMB_BITS - 1);
    fe t, u;
    /* Twice: 2^255 = 19. The first leaves less than 2^255 + 19, and 19 more reach 2^255 exactly when t >= p. */
    limb mask = limb_mask((uint32_t)(a->v[LIMBS - 1] >> (SPT_LIMB_BITS - 1)));
    t = *a;
    t.v[LIMBS - 1] &= ~top_bit;
    (void)spt_limbs_add(t.v, t.v, nineteen, mask);
    (void)spt_limbs_add(u.v, t.v, nineteen, ALL_ONES);
    mask = limb_mask((uint32_t)(u.v[LIMBS - 1] >> (SPT_LIMB_BITS - 1)));
    (void)spt_limbs_add(t.v, t.v, nineteen, mask);
    t.v[LIMBS - 1] &= ~top_bit;
    for (unsigned i = 0; i < 8; i++)
        words[i] = limbs_word(t.v, i);
    spt_wipe(&t, sizeof t);
    spt_wipe(&u, sizeof u);
}

static void to_bytes(uint8_t out[32], const fe *a)
{
    uint32_t words[8];
    below_p(words, a);
    memcpy(out, words, 32);
    spt_wipe(words, sizeof words);
}

static const spt_modulus modulus = {
    {{0x3fffffed, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x7fff}},
    0x179435e5,
    {{1}},
};

/* 1/a, and 0 for 0. */
static void invert(fe *r, const fe *a)
{
    uint32_t words[8];
    below_p(words, a);
    spt_invert(words, words, &modulus);
    limbs_from_words(r->v, words);
    spt_wipe(words, sizeof words);
}

static OWN_FRAME void ladder(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    uint8_t k[32];
    uint32_t words[8];
    fe x1, x2 = one, z2 = {{0}}, x3, z3 = one, a, b, c, d;

    memcpy(k, scalar, sizeof k);
    k[0] &= 0xf8;
    k[31] = (uint8_t)((k[31] & 0x7f) | 0x40);
    memcpy(words, point, 32);
    words[7] &= 0x7fffffff;
    limbs_from_words(x1.v, words);
    x3 = x1;

    /*
     * Of m P and (m + 1) P, m being the bits of k so far, (x2 : z2) is the one that was doubled last and (x3 : z3) the
     * other: m P and (m + 1) P when the last bit was 0, exchanged when it was 1. Their sum is the same either way.
     */
    uint32_t last = 0;
    for (unsigned i = 255; i-- != 0;)
    {
        uint32_t bit = (uint32_t)k[i / 8] >> i % 8 & 1;
        limb mask = limb_mask(bit ^ last);
        last = bit;

        add_and_sub(&a, &b, &x2, &z2);
        add_and_sub(&c, &d, &x3, &z3);
        mul(&x3, &d, &a); /* DA of RFC 7748 */
        mul(&z3, &c, &b); /* CB */
        add_and_sub(&x3, &z3, &x3, &z3);
        square(&x3, &x3);
        square(&z3, &z3);
        mul(&z3, &z3, &x1);

        move_if(&a, &c, mask); /* the one to double */
        move_if(&b, &d, mask);
        square(&a, &a); /* AA */
        square(&b, &b); /* BB */
        mul(&x2, &a, &b);
        sub(&b, &a, &b); /* E */
        add_scaled(&a, &a, &b);
        mul(&z2, &b, &a);
    }
    /* The last three bits are 0: (x2 : z2) is k P. */

    invert(&z2, &z2);
    mul(&x2, &x2, &z2);
    to_bytes(out, &x2);
    spt_wipe(k, sizeof k);
    spt_wipe(words, sizeof words);
    spt_wipe(&x1, sizeof x1);
    spt_wipe(&x2, sizeof x2);
    spt_wipe(&z2, sizeof z2);
    spt_wipe(&x3, sizeof x3);
    spt_wipe(&z3, sizeof z3);
    spt_wipe(&a, sizeof a);
    spt_wipe(&b, sizeof b);
    spt_wipe(&c, sizeof c);
    spt_wipe(&d, sizeof d);
}

void spt_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    ladder(out, scalar, point);
    spt_wipe_stack(896);
}

int spt_x25519_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[32])
{
    uint32_t any = 0;
    spt_x25519(secret, private_key, peer_public_key);
    for (unsigned i = 0; i < 32; i++)
        any |= secret[i];
    return ct_reveal(ct_nonzero(any)) != 0 ? 0 : SPT_E_KEY;
}

int spt_x25519_keypair(uint8_t public_key[32], uint8_t private_key[32])
{
    static const uint8_t base_point[32] = {9};
    if (spt_random(private_key, 32) != 0)
    {
        spt_wipe(public_key, 32);
        return SPT_E_RANDOM;
    }
    spt_x25519(public_key, private_key, base_point);
    return 0;
}
