/*
 * Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, in Montgomery form with R = 2^256.
 *
 * Residues are any 256-bit values, not kept below p: a product comes out of the reduction below R + p, and one
 * masked subtraction of p brings it under R again. Only what leaves the field is brought below p.
 */
#include "internal.h"

#if SPT_LIMB_BITS == 64
#define WORDS(low, high) ((limb)(high) << 32 | (low))
#define VALUE(a, b, c, d, e, f, g, h) {WORDS(a, b), WORDS(c, d), WORDS(e, f), WORDS(g, h)}
#else
#define VALUE(a, b, c, d, e, f, g, h) {a, b, c, d, e, f, g, h}
#endif

static const limb prime[LIMBS] = VALUE(0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff);

/* R mod p = 2^256 - p, which is also the 1 of the Montgomery form. */
const p256_fe p256_one = {VALUE(1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0)};

/* R^2 mod p. */
static const p256_fe r_squared = {VALUE(3, 0, 0xffffffff, 0xfffffffb, 0xfffffffe, 0xffffffff, 0xfffffffd, 4)};

static limb mask_of(uint32_t bit)
{
#if SPT_LIMB_BITS == 64
    return (limb)0 - ct_hide(bit);
#else
    return ct_mask(bit);
#endif
}

/* r = a + (b & mask); returns the carry. */
static uint32_t add_masked(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS], limb mask)
{
    limb carry = 0;
    for (unsigned i = 0; i < LIMBS; i++)
    {
        wide sum = (wide)a[i] + (b[i] & mask) + carry;
        r[i] = (limb)sum;
        carry = (limb)(sum >> SPT_LIMB_BITS);
    }
    return (uint32_t)carry;
}

/* r = a - (b & mask); returns the borrow. */
static uint32_t sub_masked(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS], limb mask)
{
    limb borrow = 0;
    for (unsigned i = 0; i < LIMBS; i++)
    {
        wide difference = (wide)a[i] - (b[i] & mask) - borrow;
        r[i] = (limb)difference;
        borrow = (limb)(difference >> SPT_LIMB_BITS) & 1;
    }
    return (uint32_t)borrow;
}

/* The sum is below 2^257. The first fold leaves less than 2^256 + R mod p, the second no carry. */
void p256_add(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    uint32_t carry = add_masked(r->v, a->v, b->v, mask_of(1));
    carry = add_masked(r->v, r->v, p256_one.v, mask_of(carry));
    (void)add_masked(r->v, r->v, p256_one.v, mask_of(carry));
}

/* The difference is above -2^256; adding p twice at most makes it positive. */
void p256_sub(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    uint32_t borrow = sub_masked(r->v, a->v, b->v, mask_of(1));
    borrow = sub_masked(r->v, r->v, p256_one.v, mask_of(borrow));
    (void)sub_masked(r->v, r->v, p256_one.v, mask_of(borrow));
}

/* r = a/2: an odd a is made even by p first. */
void p256_half(p256_fe *r, const p256_fe *a)
{
    limb carry = add_masked(r->v, a->v, prime, mask_of((uint32_t)(a->v[0] & 1)));
    for (unsigned i = 0; i < LIMBS - 1; i++)
        r->v[i] = r->v[i] >> 1 | r->v[i + 1] << (SPT_LIMB_BITS - 1);
    r->v[LIMBS - 1] = r->v[LIMBS - 1] >> 1 | carry << (SPT_LIMB_BITS - 1);
}

/* (c2, c1, c0) += a * b */
#define MULTIPLY_ADD(a, b)                                                                                             \
    do                                                                                                                 \
    {                                                                                                                  \
        wide product_ = (wide)(a) * (b);                                                                               \
        limb low_ = (limb)product_;                                                                                    \
        limb high_ = (limb)(product_ >> SPT_LIMB_BITS);                                                                \
        c0 += low_;                                                                                                    \
        high_ += c0 < low_;                                                                                            \
        c1 += high_;                                                                                                   \
        c2 += c1 < high_;                                                                                              \
    } while (0)

/* t = a * b, column by column. */
static void multiply(limb t[2 * LIMBS], const limb a[LIMBS], const limb b[LIMBS])
{
    limb c0 = 0, c1 = 0, c2 = 0;
#pragma GCC unroll 16
    for (unsigned k = 0; k < 2 * LIMBS - 1; k++)
    {
#pragma GCC unroll 8
        for (unsigned i = k < LIMBS ? 0 : k - LIMBS + 1; i <= (k < LIMBS ? k : LIMBS - 1); i++)
            MULTIPLY_ADD(a[i], b[k - i]);
        t[k] = c0;
        c0 = c1;
        c1 = c2;
        c2 = 0;
    }
    t[2 * LIMBS - 1] = c0;
}

/* t = a^2: the products of each column off the diagonal once, doubled, then the diagonal. */
static void square(limb t[2 * LIMBS], const limb a[LIMBS])
{
    limb d0 = 0, d1 = 0; /* what the columns before carry into this one */
#pragma GCC unroll 16
    for (unsigned k = 0; k < 2 * LIMBS - 1; k++)
    {
        limb c0 = 0, c1 = 0, c2 = 0;
#pragma GCC unroll 8
        for (unsigned i = k < LIMBS ? 0 : k - LIMBS + 1; 2 * i < k; i++)
            MULTIPLY_ADD(a[i], a[k - i]);
        c2 = c2 << 1 | c1 >> (SPT_LIMB_BITS - 1);
        c1 = c1 << 1 | c0 >> (SPT_LIMB_BITS - 1);
        c0 <<= 1;
        if (k % 2 == 0)
            MULTIPLY_ADD(a[k / 2], a[k / 2]);
        c0 += d0;
        limb carry = c0 < d0;
        c1 += carry;
        c2 += c1 < carry;
        c1 += d1;
        c2 += c1 < d1;
        t[k] = c0;
        d0 = c1;
        d1 = c2;
    }
    t[2 * LIMBS - 1] = d0;
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
    (void)add_masked(r->v, r->v, p256_one.v, mask_of((uint32_t)carry));
}

void p256_mul(p256_fe *r, const p256_fe *a, const p256_fe *b)
{
    limb t[2 * LIMBS];
    multiply(t, a->v, b->v);
    reduce(r, t);
}

void p256_square(p256_fe *r, const p256_fe *a)
{
    limb t[2 * LIMBS];
    square(t, a->v);
    reduce(r, t);
}

/* r = a^(2^n) b */
static void square_n_mul(p256_fe *r, const p256_fe *a, unsigned n, const p256_fe *b)
{
    p256_fe t = *a;
    while (n-- != 0)
        p256_square(&t, &t);
    p256_mul(r, &t, b);
}

/* a^(p-2), p - 2 = ffffffff 00000001 00000000 00000000 00000000 ffffffff ffffffff fffffffd */
void p256_invert(p256_fe *r, const p256_fe *a)
{
    p256_fe x = *a, x2, x4, x8, x16, x32, x30; /* xN = x^(2^N - 1) */
    square_n_mul(&x2, &x, 1, &x);
    square_n_mul(&x4, &x2, 2, &x2);
    square_n_mul(&x8, &x4, 4, &x4);
    square_n_mul(&x16, &x8, 8, &x8);
    square_n_mul(&x32, &x16, 16, &x16);
    square_n_mul(&x30, &x16, 8, &x8);
    square_n_mul(&x30, &x30, 4, &x4);
    square_n_mul(&x30, &x30, 2, &x2);

    p256_fe e;
    square_n_mul(&e, &x32, 32, &x);
    square_n_mul(&e, &e, 128, &x32);
    square_n_mul(&e, &e, 32, &x32);
    square_n_mul(&e, &e, 30, &x30);
    square_n_mul(r, &e, 2, &x);
    spt_wipe(&x, sizeof x);
    spt_wipe(&x2, sizeof x2);
    spt_wipe(&x4, sizeof x4);
    spt_wipe(&x8, sizeof x8);
    spt_wipe(&x16, sizeof x16);
    spt_wipe(&x32, sizeof x32);
    spt_wipe(&x30, sizeof x30);
    spt_wipe(&e, sizeof e);
}

/* r = a below p. in: 256 bits. */
static void below_p(limb r[LIMBS], const limb a[LIMBS])
{
    uint32_t borrow = sub_masked(r, a, prime, mask_of(1));
    (void)add_masked(r, r, prime, mask_of(borrow));
}

uint32_t p256_is_zero(const p256_fe *a)
{
    limb t[LIMBS];
    limb any = 0;
    below_p(t, a->v);
    for (unsigned i = 0; i < LIMBS; i++)
        any |= t[i];
    spt_wipe(t, sizeof t);
    return ct_nonzero((uint32_t)any | (uint32_t)((uint64_t)any >> 32)) ^ 1;
}

void p256_move_if(p256_fe *r, const p256_fe *a, uint32_t mask)
{
    limb m = mask_of(mask & 1);
    for (unsigned i = 0; i < LIMBS; i++)
        r->v[i] ^= m & (r->v[i] ^ a->v[i]);
}

uint32_t p256_from_bytes(p256_fe *r, const uint8_t in[32])
{
    p256_fe t;
    limb unused[LIMBS];
    for (unsigned i = 0; i < LIMBS; i++)
    {
        const uint8_t *end = in + 32 - i * sizeof(limb);
#if SPT_LIMB_BITS == 64
        t.v[i] = WORDS(load32_be(end - 4), load32_be(end - 8));
#else
        t.v[i] = load32_be(end - 4);
#endif
    }
    uint32_t below = sub_masked(unused, t.v, prime, mask_of(1));
    p256_mul(r, &t, &r_squared);
    spt_wipe(&t, sizeof t);
    spt_wipe(unused, sizeof unused);
    return below;
}

void p256_to_bytes(uint8_t out[32], const p256_fe *a)
{
    p256_fe t;
    limb plain[2 * LIMBS] = {0};
    memcpy(plain, a->v, sizeof a->v);
    reduce(&t, plain);
    below_p(t.v, t.v);
    for (unsigned i = 0; i < LIMBS; i++)
    {
        uint8_t *end = out + 32 - i * sizeof(limb);
        store32_be(end - 4, (uint32_t)t.v[i]);
#if SPT_LIMB_BITS == 64
        store32_be(end - 8, (uint32_t)(t.v[i] >> 32));
#endif
    }
    spt_wipe(&t, sizeof t);
    spt_wipe(plain, sizeof plain);
}
