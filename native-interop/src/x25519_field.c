/*
 * Arithmetic modulo p = 2^255 - 19.
 *
 * A field element is a 256-bit value, taken mod p; a tight one is below 2^255 + 2^230. Since 2^255 = 19, what stands
 * above bit 255 comes back as 19 times that; it is taken from the top limb before the others are done, so that one pass
 * is enough. Only the result is brought below p.
 */
#include "internal.h"

typedef x25519_fe fe;

#define TOP (LIMBS - 1)
#define BELOW_TOP_BIT (SPT_LIMB_BITS - 1)

/* r = a + b, tight both; out: 256 bits. With q > 0 one of them is below 2^230 once its top bit is off. */
void spt_25519_add(fe *r, const fe *a, const fe *b)
{
    const limb mask = ALL_ONES >> 1;
    narrow c =
        narrow_of((limb)19 * ct_hide((uint32_t)(a->v[TOP] >> BELOW_TOP_BIT) + (uint32_t)(b->v[TOP] >> BELOW_TOP_BIT)));
    limb top = (a->v[TOP] & mask) + (b->v[TOP] & mask);
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        narrow_add(&c, a->v[i]);
        narrow_add(&c, b->v[i]);
        r->v[i] = narrow_next(&c);
    }
    r->v[TOP] = top + narrow_next(&c);
}

/*
 * r = a - b + k p, in: a 256 bits, b tight; out: 256 bits.
 *
 * k p = k 2^255 - 19 k. With the top limbs' difference above 0 k is 0, with 0 it is 1, below 0 it is 2; so the top is
 * at least the borrow from below, 1 for k = 0 and at most 2 else, and does not overflow.
 */
void spt_25519_sub(fe *r, const fe *a, const fe *b)
{
    const limb k = ct_hide(1 - (uint32_t)limb_below(b->v[TOP], a->v[TOP]) + (uint32_t)limb_below(a->v[TOP], b->v[TOP]));
    limb top = a->v[TOP] - b->v[TOP] + (k << BELOW_TOP_BIT), borrow = 19 * k;
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        limb difference, first = sub_limb(&difference, a->v[i], b->v[i], 0);
        borrow = first + sub_small(&difference, borrow);
        r->v[i] = difference;
    }
    r->v[TOP] = top - borrow;
}

void spt_25519_add_times(fe *r, const limb a[LIMBS], const limb b[LIMBS], limb k)
{
    narrow top = narrow_of(a[TOP]);
    narrow_multiply_add(&top, b[TOP], k);
    const limb low = narrow_next(&top);
    narrow c = narrow_of((narrow_next(&top) << 1 | low >> BELOW_TOP_BIT) * 19);
#pragma GCC unroll 8
    for (unsigned i = 0; i < TOP; i++)
    {
        narrow_multiply_add(&c, b[i], k);
        narrow_add(&c, a[i]);
        r->v[i] = narrow_next(&c);
    }
    /* c is at most k + 1. */
    r->v[TOP] = (low & ALL_ONES >> 1) + narrow_next(&c);
}

/* 2^256 = 38. */
void spt_25519_mul(fe *r, const fe *a, const fe *b)
{
    limb t[2 * LIMBS];
    spt_limbs_multiply(t, a->v, b->v);
    spt_25519_add_times(r, t, t + LIMBS, 38);
}

void spt_25519_square(fe *r, const fe *a)
{
    limb t[2 * LIMBS];
    spt_limbs_square(t, a->v);
    spt_25519_add_times(r, t, t + LIMBS, 38);
}
