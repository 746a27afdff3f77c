/* Products of 256-bit numbers, with no modulus in sight. */
#include "internal.h"

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
void spt_limbs_multiply(limb t[restrict 2 * LIMBS], const limb a[LIMBS], const limb b[LIMBS])
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
void spt_limbs_square(limb t[restrict 2 * LIMBS], const limb a[LIMBS])
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
        d1 += c0 < d0; /* d1 is small: no carry */
        c1 += d1;
        c2 += c1 < d1;
        t[k] = c0;
        d0 = c1;
        d1 = c2;
    }
    t[2 * LIMBS - 1] = d0;
}
