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

static inline void set(p256_fe *r, const limb v[LIMBS])
{
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
        r->v[i] = v[i];
}

/* Bits 224 to 255. */
static inline uint32_t top_word(const limb v[LIMBS])
{
    return limbs_word(v, 7);
}

/*
 * v = v + top 2^256 - q p for a q that makes it 256 bits, in: top below 2^16.
 *
 * 2^256 - p = 2^224 - 2^192 - 2^96 + 1 = e, a little below 2^224. With q = top, v + top e stays below 2^256 if
 * v's top word + top does; if not, v is at least 2^256 - top 2^224 and v + (top + 1) e is at least 2^256, so that one p
 * more goes off.
 */
static inline void fold_up(limb v[LIMBS], uint32_t top)
{
    uint32_t q = ct_hide(top + ct_below(~top_word(v), top));
#if SPT_LIMB_BITS == 64
    limb at_96, at_128, at_192;
    v[0] += q;
    at_96 = ((limb)q << 32) - (v[0] < q);
    at_128 = v[1] < at_96;
    v[1] -= at_96;
    at_192 = v[2] < at_128;
    v[2] -= at_128;
    v[3] += ((limb)q << 32) - q - at_192;
#else
    limb c = add_small(&v[0], q);
    c = add_small(&v[1], c);
    c = q - add_small(&v[2], c); /* a borrow from here on */
    c = sub_small(&v[3], c);
    c = sub_small(&v[4], c);
    c = q + sub_small(&v[5], c);
    v[7] += q - sub_small(&v[6], c);
#endif
}

/* v = v - top 2^256 + q p for a q that makes it 256 bits, in: top below 2^16. The same turned round: v - top e is not
 * negative if v's top word is at least top; if it is less, v is below (top + 1) e. */
static inline void fold_down(limb v[LIMBS], uint32_t top)
{
    uint32_t q = ct_hide(top + ct_below(top_word(v), top));
#if SPT_LIMB_BITS == 64
    limb at_96, at_128, at_192;
    at_96 = ((limb)q << 32) - (v[0] < q);
    v[0] -= q;
    v[1] += at_96;
    at_128 = v[1] < at_96;
    v[2] += at_128;
    at_192 = v[2] < at_128;
    v[3] -= ((limb)q << 32) - q - at_192;
#else
    limb c = sub_small(&v[0], q);
    c = sub_small(&v[1], c);
    c = q - sub_small(&v[2], c); /* a carry from here on */
    c = add_small(&v[3], c);
    c = add_small(&v[4], c);
    c = q + add_small(&v[5], c);
    v[7] -= q - add_small(&v[6], c);
#endif
}

void spt_p256_add(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    limb v[LIMBS];
    fold_up(v, limbs_add(v, a->v, b->v));
    set(r, v);
}

void spt_p256_sub(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    limb v[LIMBS];
    fold_down(v, limbs_sub(v, a->v, b->v));
    set(r, v);
}

/* r = a/2: an odd a is made even by p first. */
void spt_p256_half(p256_fe *r, const p256_fe *a)
{
    limb carry = spt_limbs_add(r->v, a->v, prime, limb_mask((uint32_t)(a->v[0] & 1)));
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
static inline void reduce(p256_fe *r, const limb t[2 * LIMBS])
{
    limb v[LIMBS];
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
    memcpy(v, w + LIMBS, sizeof v);
    uint32_t carry = (uint32_t)top;
#else
    /* Column j of t + sum(m[i] p 2^(32 i)). -m is ~m + 1 - 2^32: the 1 is taken from the -2^32 of the column before, so
     * that only the first such column adds it, the one after the last takes 1 away, and nothing is ever negative. */
    uint32_t m[LIMBS];
    sum64 c = sum64_of(0);
#pragma GCC unroll 16
    for (unsigned j = 0; j < 2 * LIMBS; j++)
    {
        sum64_add(&c, t[j]);
        if (j >= 3 && j - 3 < LIMBS)
            sum64_add(&c, m[j - 3]);
        if (j >= 6 && j - 6 < LIMBS)
            sum64_add(&c, m[j - 6]);
        if (j >= 7 && j - 7 < LIMBS)
            sum64_add(&c, ~m[j - 7]);
        if (j == 7)
            sum64_add(&c, 1);
        if (j >= 8)
            sum64_add(&c, m[j - 8]);
        if (j == 15)
            sum64_add(&c, ALL_ONES); /* less 2^32 */
        uint32_t word = sum64_next(&c);
        if (j < LIMBS)
            m[j] = word; /* and m[j] p 2^(32 j) makes this column 0 */
        else
            v[j - LIMBS] = word;
    }
    uint32_t carry = sum64_next(&c) - 1;
#endif
    /* v + carry R < R + p */
    fold_up(v, carry);
    set(r, v);
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

/* p, and as `one` R^2: from a R comes R^2 / (a R) = R / a, which is 1/a in Montgomery form. */
static const spt_modulus modulus = {
    {{0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3f, 0, 0, 0x1000, 0x3fffc000, 0xffff}},
    0x3fffffff,
    {{3, 0, 0x3ffffff0, 0x3ffffeff, 0x3ffffeff, 0x3fffffff, 0x3fffdfff, 0x13fff, 0}},
};

void spt_p256_invert(p256_fe *r, const p256_fe *a)
{
    *r = *a;
    spt_limbs_bring_below(r->v, prime);
    spt_invert(r->v, r->v, &modulus);
}

uint32_t spt_p256_is_zero(const p256_fe *a)
{
    p256_fe t = *a;
    limb any = 0;
    spt_limbs_bring_below(t.v, prime);
    for (unsigned i = 0; i < LIMBS; i++)
        any |= t.v[i];
    spt_wipe(&t, sizeof t);
    return limb_nonzero(any) ^ 1;
}

uint32_t spt_p256_from_bytes(p256_fe *r, const uint8_t in[32])
{
    p256_fe a, unused;
    spt_reverse_bytes(&a, in, 32);
    uint32_t below = spt_limbs_sub(unused.v, a.v, prime);
    spt_p256_mul(r, &a, &r_squared);
    spt_wipe(&a, sizeof a);
    spt_wipe(&unused, sizeof unused);
    return below;
}

void spt_p256_to_bytes(uint8_t out[32], const p256_fe *a)
{
    static const p256_fe plain_one = {{1}};
    p256_fe t;
    spt_p256_mul(&t, a, &plain_one);
    spt_limbs_bring_below(t.v, prime);
    spt_reverse_bytes(out, &t, 32);
    spt_wipe(&t, sizeof t);
}
