/* Sums and products of 256-bit numbers, with no modulus in sight. */
#include "internal.h"

uint32_t spt_limbs_add(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS], limb mask)
{
    limb carry = 0;
    for (unsigned i = 0; i < LIMBS; i++)
        carry = add_limb(&r[i], a[i], b[i] & mask, carry);
    return (uint32_t)carry;
}

uint32_t spt_limbs_sub(limb r[LIMBS], const limb a[LIMBS], const limb b[LIMBS])
{
    limb borrow = 0;
    for (unsigned i = 0; i < LIMBS; i++)
        borrow = sub_limb(&r[i], a[i], b[i], borrow);
    return (uint32_t)borrow;
}

void spt_limbs_move_if(limb r[LIMBS], const limb a[LIMBS], uint32_t bit)
{
    limb mask = limb_mask(bit);
#pragma GCC unroll 8
    for (unsigned i = 0; i < LIMBS; i++)
        r[i] ^= mask & (r[i] ^ a[i]);
}

void spt_limbs_gather(limb r[LIMBS], const limb *table, unsigned stride, uint32_t size, uint32_t index)
{
    limb sum[LIMBS] = {0};
    uint32_t i = 0;
    do
    {
        limb mask = limb_mask(((i ^ index) - 1) >> 31); /* equal */
#pragma GCC unroll 8
        for (unsigned j = 0; j < LIMBS; j++)
            sum[j] |= table[j] & mask;
        table += stride * LIMBS;
    } while (++i != size);
#pragma GCC unroll 8
    for (unsigned j = 0; j < LIMBS; j++)
        r[j] = sum[j];
}

void spt_limbs_bring_below(limb a[LIMBS], const limb p[LIMBS])
{
    limb t[LIMBS];
    for (unsigned i = 0; i < 2; i++)
    {
        uint32_t borrow = spt_limbs_sub(t, a, p);
        spt_limbs_move_if(a, t, borrow ^ 1);
    }
    spt_wipe(t, sizeof t);
}

/* t = a * b, column by column. */
void spt_limbs_multiply(limb t[restrict 2 * LIMBS], const limb a[LIMBS], const limb b[LIMBS])
{
    column c = {0};
#pragma GCC unroll 16
    for (unsigned k = 0; k < 2 * LIMBS - 1; k++)
    {
#pragma GCC unroll 8
        for (unsigned i = k < LIMBS ? 0 : k - LIMBS + 1; i <= (k < LIMBS ? k : LIMBS - 1); i++)
            column_multiply_add(&c, a[i], b[k - i]);
        t[k] = column_next(&c);
    }
    t[2 * LIMBS - 1] = column_next(&c);
}

/*
 * t = a^2: each product off the diagonal once, with its higher factor doubled.
 *
 * twice[j] is limb j of 2a. It holds the top bit of a[j - 1] too, which does not belong to a[j - 1] a[j]: there the
 * bare a[j] << 1 stands. The top bit of a[7] is limb 8 of 2a, for a[0] to a[6].
 */
void spt_limbs_square(limb t[restrict 2 * LIMBS], const limb a[LIMBS])
{
    column c = {0};
    limb twice[LIMBS];
    limb top = limb_mask((uint32_t)(a[LIMBS - 1] >> (SPT_LIMB_BITS - 1)));
#pragma GCC unroll 8
    for (unsigned j = 2; j < LIMBS; j++)
        twice[j] = a[j] << 1 | a[j - 1] >> (SPT_LIMB_BITS - 1);
#pragma GCC unroll 16
    for (unsigned k = 0; k < 2 * LIMBS - 1; k++)
    {
        if (k % 2 == 0)
            column_multiply_add(&c, a[k / 2], a[k / 2]);
#pragma GCC unroll 8
        for (unsigned i = k < LIMBS ? 0 : k - LIMBS + 1; 2 * i < k; i++)
            column_multiply_add(&c, a[i], 2 * i + 1 == k ? a[k - i] << 1 : twice[k - i]);
        if (k >= LIMBS)
            column_add(&c, a[k - LIMBS] & top);
        t[k] = column_next(&c);
    }
    t[2 * LIMBS - 1] = column_next(&c);
}
