/*
 * Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, in Montgomery form with R = 2^256.
 *
 * Residues are any 256-bit values, not kept below p: a product comes out of the reduction below R + p, and one
 * masked subtraction of p brings it under R again. Only what leaves the field is brought below p.
 */
#include "internal.h"

static const limb prime[LIMBS] = {LIMBS_OF(0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff)};

/* R mod p = 2^256 - p, which is also the 1 of the Montgomery form. */
const p256_fe spt_p256_one = {{LIMBS_OF(1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0)}};

/* R^2 mod p. */
static const p256_fe r_squared = {{LIMBS_OF(3, 0, 0xffffffff, 0xfffffffb, 0xfffffffe, 0xffffffff, 0xfffffffd, 4)}};

/* The sum is below 2^257. The first fold leaves less than 2^256 + R mod p, the second no carry. */
void spt_p256_add(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    uint32_t carry = limbs_add(r->v, a->v, b->v, limb_mask(1));
    carry = limbs_add(r->v, r->v, spt_p256_one.v, limb_mask(carry));
    (void)limbs_add(r->v, r->v, spt_p256_one.v, limb_mask(carry));
}

/* The difference is above -2^256; adding p twice at most makes it positive. */
void spt_p256_sub(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    uint32_t borrow = limbs_sub(r->v, a->v, b->v, limb_mask(1));
    borrow = limbs_sub(r->v, r->v, spt_p256_one.v, limb_mask(borrow));
    (void)limbs_sub(r->v, r->v, spt_p256_one.v, limb_mask(borrow));
}

/* r = a/2: an odd a is made even by p first. */
void spt_p256_half(p256_fe *r, const p256_fe *a)
{
    limb carry = limbs_add(r->v, a->v, prime, limb_mask((uint32_t)(a->v[0] & 1)));
    for (unsigned i = 0; i < LIMBS - 1; i++)
        r->v[i] = r->v[i] >> 1 | r->v[i + 1] << (SPT_LIMB_BITS - 1);
    r->v[LIMBS - 1] = r->v[LIMBS - 1] >> 1 | carry << (SPT_LIMB_BITS - 1);
}

/*
 * r = t / R mod p. in: any t below 2^512; out: 256 bits.
 *
 * -1/p mod 2^96 is 1, so the multiple of p that clears the lowest word m of t is m itself:
 * t + m p = t - m + m 2^96 + m 2^192 - m 2^224 + m 2^256, additions and no product.
 */
static void reduce(p256_fe *r, const limb t[2 * LIMBS])
{
    limb carry;
#if SPT_LIMB_BITS == 64
    limb w[2 * LIMBS];
    memcpy(w, t, sizeof w);
    limb top = 0;
    for (unsigned i = 0; i < LIMBS; i++)
    {
        limb m = w[i]; /* m p = m 2^256 - m 2^224 + m 2^192 + m 2^96 - m, by limbs from w[i] on */
        wide sum = (wide)w[i + 1] + (m << 32);
        w[i + 1] = (limb)sum;
        sum = (wide)w[i + 2] + (m >> 32) + (limb)(sum >> 64);
        w[i + 2] = (limb)sum;
        sum = (wide)m * prime[3] + w[i + 3] + (limb)(sum >> 64);
        w[i + 3] = (limb)sum;
        sum = (wide)w[i + 4] + (limb)(sum >> 64) + top;
        w[i + 4] = (limb)sum;
        top = (limb)(sum >> 64);
    }
    memcpy(r->v, w + LIMBS, sizeof r->v);
    carry = top;
#else
    /* Column j of t + sum(m[i] p 2^(32 i)); an arithmetic shift carries, which may be negative. */
    uint32_t m[LIMBS];
    int64_t c = 0;
#pragma GCC unroll 16
    for (unsigned j = 0; j < 2 * LIMBS; j++)
    {
        c += t[j];
        if (j >= 3 && j - 3 < LIMBS)
            c += m[j - 3];
        if (j >= 6 && j - 6 < LIMBS)
            c += m[j - 6];
        if (j >= 7 && j - 7 < LIMBS)
            c -= m[j - 7];
        if (j >= 8)
            c += m[j - 8];
        if (j < LIMBS)
            m[j] = (uint32_t)c; /* and c - m[j] has a low word of 0 */
        else
            r->v[j - LIMBS] = (uint32_t)c;
        c >>= 32;
    }
    carry = (uint32_t)c;
#endif
    /* r + carry R < R + p: take away p when it is R or more. */
    (void)limbs_add(r->v, r->v, spt_p256_one.v, limb_mask((uint32_t)carry));
}

void spt_p256_mul(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    limb t[2 * LIMBS];
    spt_limbs_multiply(t, a->v, b->v);
    reduce(r, t);
}

void spt_p256_square(p256_fe *r, const p256_fe *a)
{
    limb t[2 * LIMBS];
    spt_limbs_square(t, a->v);
    reduce(r, t);
}

/* r = a below p. in: 256 bits. */
static void below_p(limb r[LIMBS], const limb a[LIMBS])
{
    uint32_t borrow = limbs_sub(r, a, prime, limb_mask(1));
    (void)limbs_add(r, r, prime, limb_mask(borrow));
}

/* p, and as `one` R^2: from a R comes R^2 / (a R) = R / a, which is 1/a in Montgomery form. */
static const spt_modulus modulus = {
    {{0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3f, 0, 0, 0x1000, 0x3fffc000, 0xffff}},
    0x3fffffff,
    {{3, 0, 0x3ffffff0, 0x3ffffeff, 0x3ffffeff, 0x3fffffff, 0x3fffdfff, 0x13fff, 0}},
};

void spt_p256_invert(p256_fe *r, const p256_fe *a)
{
    uint32_t words[8];
    below_p(r->v, a->v);
    for (unsigned i = 0; i < 8; i++)
        words[i] = limbs_word(r->v, i);
    spt_invert(words, words, &modulus);
    limbs_from_words(r->v, words);
    spt_wipe(words, sizeof words);
}

uint32_t spt_p256_is_zero(const p256_fe *a)
{
    limb t[LIMBS];
    limb any = 0;
    below_p(t, a->v);
    for (unsigned i = 0; i < LIMBS; i++)
        any |= t[i];
    spt_wipe(t, sizeof t);
    return ct_nonzero((uint32_t)any | (uint32_t)((uint64_t)any >> 32)) ^ 1;
}

void spt_p256_move_if(p256_fe *r, const p256_fe *a, uint32_t mask)
{
    limb m = limb_mask(mask & 1);
    for (unsigned i = 0; i < LIMBS; i++)
        r->v[i] ^= m & (r->v[i] ^ a->v[i]);
}

uint32_t spt_p256_from_bytes(p256_fe *r, const uint8_t in[32])
{
    p256_fe t;
    limb unused[LIMBS];
    uint32_t words[8];
    for (unsigned i = 0; i < 8; i++)
        words[i] = load32_be(in + 28 - 4 * i);
    limbs_from_words(t.v, words);
    uint32_t below = limbs_sub(unused, t.v, prime, limb_mask(1));
    spt_p256_mul(r, &t, &r_squared);
    spt_wipe(&t, sizeof t);
    spt_wipe(unused, sizeof unused);
    spt_wipe(words, sizeof words);
    return below;
}

void spt_p256_to_bytes(uint8_t out[32], const p256_fe *a)
{
    p256_fe t;
    limb plain[2 * LIMBS] = {0};
    memcpy(plain, a->v, sizeof a->v);
    reduce(&t, plain);
    below_p(t.v, t.v);
    for (unsigned i = 0; i < 8; i++)
        store32_be(out + 28 - 4 * i, limbs_word(t.v, i));
    spt_wipe(&t, sizeof t);
    spt_wipe(plain, sizeof plain);
}
