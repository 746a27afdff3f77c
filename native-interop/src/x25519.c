/*
 * X25519 (RFC 7748): the Montgomery ladder on y^2 = x^3 + 486662 x^2 + x modulo p = 2^255 - 19.
 *
 * A field element is any 256-bit value, taken mod p; since 2^256 = 38, a carry out of the top comes back as 38. Only
 * the result is brought below p.
 */
#include "internal.h"

typedef struct
{
    limb v[LIMBS];
} fe;

static const fe one = {{1}};

/* v = v + 38 carry. in: carry below 2^17; out: 256 bits. */
static void fold(limb v[LIMBS], limb carry)
{
    wide c = (wide)carry * 38;
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
    {
        c += v[i];
        v[i] = (limb)c;
        c >>= SPT_LIMB_BITS;
    }
    /* What passed 2^256 left less than 2^23 behind: no further carry. */
    v[0] += (limb)c * 38;
}

/* in: 256 bits; out: 256 bits, as in all functions here but to_bytes. */
static void add(fe *r, const fe *a, const fe *b)
{
    fold(r->v, limbs_add(r->v, a->v, b->v, limb_mask(1)));
}

/* a - b + 2^256 borrow = a - b + 38 borrow mod p: 38 is taken away again. */
static void sub(fe *r, const fe *a, const fe *b)
{
    static const limb thirty_eight[LIMBS] = {38};
    uint32_t borrow = limbs_sub(r->v, a->v, b->v, limb_mask(1));
    borrow = limbs_sub(r->v, r->v, thirty_eight, limb_mask(borrow));
    /* A second borrow left at least 2^256 - 38: the lowest limb does not borrow. */
    r->v[0] -= limb_mask(borrow) & 38;
}

static void reduce(fe *r, const limb t[2 * LIMBS])
{
    wide c = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
    {
        c += (wide)t[i + LIMBS] * 38 + t[i];
        r->v[i] = (limb)c;
        c >>= SPT_LIMB_BITS;
    }
    fold(r->v, (limb)c);
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

/* r = a + 121665 b */
static void add_scaled(fe *r, const fe *a, const fe *b)
{
    wide c = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
    {
        c += (wide)b->v[i] * 121665 + a->v[i];
        r->v[i] = (limb)c;
        c >>= SPT_LIMB_BITS;
    }
    /* c is at most 121665, below 2^17. */
    fold(r->v, (limb)c);
}

/* Exchanges a and b where mask is ones. */
static void swap_if(fe *a, fe *b, limb mask)
{
    for (unsigned i = 0; i < LIMBS; i++)
    {
        limb x = mask & (a->v[i] ^ b->v[i]);
        a->v[i] ^= x;
        b->v[i] ^= x;
    }
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
    (void)limbs_add(t.v, t.v, nineteen, mask);
    (void)limbs_add(u.v, t.v, nineteen, limb_mask(1));
    mask = limb_mask((uint32_t)(u.v[LIMBS - 1] >> (SPT_LIMB_BITS - 1)));
    (void)limbs_add(t.v, t.v, nineteen, mask);
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
    for (unsigned i = 0; i < 8; i++)
        store32_le(out + 4 * i, words[i]);
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
    fe x1, x2 = one, z2 = {{0}}, x3, z3 = one, a, b;

    memcpy(k, scalar, sizeof k);
    k[0] &= 0xf8;
    k[31] = (uint8_t)((k[31] & 0x7f) | 0x40);
    for (unsigned i = 0; i < 8; i++)
        words[i] = load32_le(point + 4 * i);
    words[7] &= 0x7fffffff;
    limbs_from_words(x1.v, words);
    x3 = x1;

    /* (x2 : z2) = m P and (x3 : z3) = (m + 1) P for the bits m of k so far, exchanged when the last bit was 1. */
    uint32_t last = 0;
    for (unsigned i = 255; i-- != 0;)
    {
        uint32_t bit = (uint32_t)k[i / 8] >> i % 8 & 1;
        limb mask = limb_mask(bit ^ last);
        last = bit;
        swap_if(&x2, &x3, mask);
        swap_if(&z2, &z3, mask);

        add(&a, &x2, &z2);
        sub(&b, &x2, &z2);
        sub(&x2, &x3, &z3);
        add(&x3, &x3, &z3);
        mul(&z3, &x2, &a); /* DA of RFC 7748 */
        mul(&z2, &x3, &b); /* CB */
        add(&x3, &z3, &z2);
        sub(&z3, &z3, &z2);
        square(&x3, &x3);
        square(&z3, &z3);
        mul(&z3, &z3, &x1);
        square(&a, &a); /* AA */
        square(&b, &b); /* BB */
        mul(&x2, &a, &b);
        sub(&b, &a, &b); /* E */
        add_scaled(&a, &a, &b);
        mul(&z2, &b, &a);
    }
    limb mask = limb_mask(last);
    swap_if(&x2, &x3, mask);
    swap_if(&z2, &z3, mask);

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
}

void spt_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    ladder(out, scalar, point);
    spt_wipe_deep_stack();
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
