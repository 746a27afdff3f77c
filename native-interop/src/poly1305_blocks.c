/*
 * The sum of Poly1305 (RFC 8439 2.5.1).
 *
 * Words of 32 bits. The clamping leaves r[1] to r[3] divisible by 4 and all words of r below 2^28, so that
 * 2^130 = 5 folds a product back by r + r/4 and every column of a product fits 64 bits.
 */
#include "internal.h"

/* What stands at 2^128 and above, `top`, waits for the next block: four parts of it are 2^130, which is 5. */
void spt_poly1305_blocks(poly1305 *p, const uint8_t *in, size_t n)
{
    const int shifted = !is_aligned(in);
    const uint32_t above = ct_hide(shifted ? 0x10000 : 1); /* the 2^128 of a block */
    const uint32_t r0 = p->r[0], r1 = p->r[1], r2 = p->r[2], r3 = p->r[3];
    const uint32_t f0 = (r0 & ~3u) + (r0 >> 2), f1 = r1 + (r1 >> 2), f2 = r2 + (r2 >> 2), f3 = r3 + (r3 >> 2);
    uint32_t h0 = p->h[0], h1 = p->h[1], h2 = p->h[2], h3 = p->h[3], top = p->h[4];

    for (; n != 0; n--, in += 16)
    {
        uint32_t w0, w1, w2, w3;
        if (shifted)
        {
            w0 = load16_le_aligned(in) << 16;
            w1 = load32_le_aligned(in + 2);
            w2 = load32_le_aligned(in + 6);
            w3 = load32_le_aligned(in + 10);
            top += load16_le_aligned(in + 14);
        }
        else
        {
            w0 = load32_le_aligned(in);
            w1 = load32_le_aligned(in + 4);
            w2 = load32_le_aligned(in + 8);
            w3 = load32_le_aligned(in + 12);
        }
        top += above;
        sum64 c = sum64_of((top >> 2) * 5);
        sum64_add(&c, h0);
        sum64_add(&c, w0);
        h0 = sum64_next(&c);
        sum64_add(&c, h1);
        sum64_add(&c, w1);
        h1 = sum64_next(&c);
        sum64_add(&c, h2);
        sum64_add(&c, w2);
        h2 = sum64_next(&c);
        sum64_add(&c, h3);
        sum64_add(&c, w3);
        h3 = sum64_next(&c);
        uint32_t h4 = sum64_next(&c) + (top & 3); /* at most 5 */

        /* Each column is below 2^32 (2^28 + 3 * 1.25 * 2^28) + 5 * 1.25 * 2^28 < 2^63, the last term below 2^31. */
        const uint32_t x0 = h0, x1 = h1, x2 = h2, x3 = h3;
        c = sum64_of(h4 * f0);
        sum64_multiply_add(&c, x0, r0);
        sum64_multiply_add(&c, x1, f3);
        sum64_multiply_add(&c, x2, f2);
        sum64_multiply_add(&c, x3, f1);
        h0 = sum64_next(&c);
        sum64_add(&c, h4 * f1);
        sum64_multiply_add(&c, x0, r1);
        sum64_multiply_add(&c, x1, r0);
        sum64_multiply_add(&c, x2, f3);
        sum64_multiply_add(&c, x3, f2);
        h1 = sum64_next(&c);
        sum64_add(&c, h4 * f2);
        sum64_multiply_add(&c, x0, r2);
        sum64_multiply_add(&c, x1, r1);
        sum64_multiply_add(&c, x2, r0);
        sum64_multiply_add(&c, x3, f3);
        h2 = sum64_next(&c);
        sum64_add(&c, h4 * f3);
        sum64_multiply_add(&c, x0, r3);
        sum64_multiply_add(&c, x1, r2);
        sum64_multiply_add(&c, x2, r1);
        sum64_multiply_add(&c, x3, r0);
        h3 = sum64_next(&c);
        top = h4 * (r0 & 3) + sum64_next(&c); /* below 2^31 */
    }
    p->h[0] = h0;
    p->h[1] = h1;
    p->h[2] = h2;
    p->h[3] = h3;
    p->h[4] = top;
}
