/*
 * Poly1305 (RFC 8439 2.5), for the padded messages of the AEAD construction: every block is 16 bytes long.
 *
 * Words of 32 bits. The clamping leaves r[1] to r[3] divisible by 4 and all words of r below 2^28, so that
 * 2^130 = 5 folds a product back by r + r/4 and every column of a product fits 64 bits.
 */
#include "internal.h"

void spt_poly1305_start(poly1305 *p, const uint8_t key[32])
{
    words_from_le(p->r, key, 4);
    words_from_le(p->pad, key + 16, 4);
    for (unsigned i = 0; i < 4; i++)
        p->r[i] &= i == 0 ? 0x0fffffff : 0x0ffffffc;
    memset(p->h, 0, sizeof p->h);
}

/* h brought to four words below 2^32 and at most 4 above them. in: h[4] below 2^31. */
static void fold(uint32_t h[5])
{
    uint64_t c = (uint64_t)(h[4] >> 2) * 5;
    h[4] &= 3;
    for (unsigned i = 0; i < 5; i++)
    {
        c += h[i];
        h[i] = (uint32_t)c;
        c >>= 32;
    }
}

/* h 2^16. out: h[4] below 2^19. */
static void scale_up(uint32_t h[5])
{
    h[4] = h[4] << 16 | h[3] >> 16;
    for (unsigned i = 3; i != 0; i--)
        h[i] = h[i] << 16 | h[i - 1] >> 16;
    h[0] <<= 16;
}

/* h / 2^16 mod 2^130 - 5, where 1 / 2^16 is 0xcccd 2^114 - 4. in: h[4] below 2^16; out: below 2^19. */
static void scale_down(uint32_t h[5])
{
    uint32_t low = h[0] & 0xffff, part = low * 0xcccd;
    int64_t c = -(int64_t)(4 * low);
    for (unsigned i = 0; i < 4; i++)
    {
        c += h[i] >> 16 | h[i + 1] << 16;
        if (i == 3)
            c += (uint32_t)(part << 18);
        h[i] = (uint32_t)c;
        c >>= 32;
    }
    h[4] = (part >> 14) + (uint32_t)c;
}

/*
 * h = (h + block + 2^128) r, for n blocks. in, out: h as in poly1305.
 *
 * `in` is aligned, or 2 bytes above a multiple of 4. Then h and the blocks are taken times 2^16, which is linear: so
 * the words of a block but for its ends are words of memory.
 *
 * What stands at 2^128 and above, `top`, waits for the next block: four parts of it are 2^130, which is 5.
 */
static void blocks(poly1305 *p, const uint8_t *in, size_t n)
{
    const int shifted = !is_aligned(in);
    const uint32_t above = ct_hide(shifted ? 0x10000 : 1); /* the 2^128 of a block */
    if (shifted)
        scale_up(p->h);
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
        uint64_t c = (uint64_t)h0 + w0 + (top >> 2) * 5;
        h0 = (uint32_t)c;
        c = (c >> 32) + h1 + w1;
        h1 = (uint32_t)c;
        c = (c >> 32) + h2 + w2;
        h2 = (uint32_t)c;
        c = (c >> 32) + h3 + w3;
        h3 = (uint32_t)c;
        uint32_t h4 = (uint32_t)(c >> 32) + (top & 3); /* at most 5 */

        /* Each column is below 2^32 (2^28 + 3 * 1.25 * 2^28) + 5 * 1.25 * 2^28 < 2^63, the last term below 2^31. */
        uint64_t x0 = (uint64_t)h0 * r0 + (uint64_t)h1 * f3 + (uint64_t)h2 * f2 + (uint64_t)h3 * f1 + h4 * f0;
        uint64_t x1 = (uint64_t)h0 * r1 + (uint64_t)h1 * r0 + (uint64_t)h2 * f3 + (uint64_t)h3 * f2 + h4 * f1;
        uint64_t x2 = (uint64_t)h0 * r2 + (uint64_t)h1 * r1 + (uint64_t)h2 * r0 + (uint64_t)h3 * f3 + h4 * f2;
        uint64_t x3 = (uint64_t)h0 * r3 + (uint64_t)h1 * r2 + (uint64_t)h2 * r1 + (uint64_t)h3 * r0 + h4 * f3;
        x1 += x0 >> 32;
        x2 += x1 >> 32;
        x3 += x2 >> 32;
        h0 = (uint32_t)x0;
        h1 = (uint32_t)x1;
        h2 = (uint32_t)x2;
        h3 = (uint32_t)x3;
        top = h4 * (r0 & 3) + (uint32_t)(x3 >> 32); /* below 2^31 */
    }
    p->h[0] = h0;
    p->h[1] = h1;
    p->h[2] = h2;
    p->h[3] = h3;
    p->h[4] = top;
    fold(p->h);
    if (shifted)
    {
        scale_down(p->h);
        fold(p->h);
    }
}

void spt_poly1305_update(poly1305 *p, const uint8_t *in, size_t n)
{
    if (n >= 16 && (is_aligned(in) || (uintptr_t)in % 4 == 2))
    {
        blocks(p, in, n / 16);
        in += n - n % 16;
        n %= 16;
    }
    if (n == 0)
        return;
    uint32_t last[4];
    do
    {
        size_t part = n < 16 ? n : 16;
        memset(last, 0, sizeof last);
        memcpy(last, in, part);
        blocks(p, (uint8_t *)last, 1);
        in += part;
        n -= part;
    } while (n != 0);
    spt_wipe(last, sizeof last);
}

void spt_poly1305_end(poly1305 *p, uint8_t tag[16])
{
    /* h is below 2 (2^130 - 5): h + 5 reaches 2^130 exactly when h is 2^130 - 5 or more, then h - (2^130 - 5) it is. */
    uint32_t minus[4];
    uint64_t c = 5;
    for (unsigned i = 0; i < 4; i++)
    {
        c += p->h[i];
        minus[i] = (uint32_t)c;
        c >>= 32;
    }
    uint32_t mask = ct_mask(ct_nonzero((uint32_t)(c + p->h[4]) >> 2));
    c = 0;
    for (unsigned i = 0; i < 4; i++)
    {
        c += (uint64_t)ct_select(mask, minus[i], p->h[i]) + p->pad[i];
        store32_le(tag + 4 * i, (uint32_t)c);
        c >>= 32;
    }
    spt_wipe(minus, sizeof minus);
    spt_wipe(p, sizeof *p);
}
