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

static inline uint32_t load_halves(const uint8_t *p)
{
    return load16_le_aligned(p) | load16_le_aligned(p + 2) << 16;
}

/* The words of a block, by words or halves of words where its place allows it. */
static inline void load_block(uint32_t *w0, uint32_t *w1, uint32_t *w2, uint32_t *w3, const uint8_t *in)
{
    if (is_aligned(in))
    {
        *w0 = load32_le_aligned(in);
        *w1 = load32_le_aligned(in + 4);
        *w2 = load32_le_aligned(in + 8);
        *w3 = load32_le_aligned(in + 12);
    }
    else if ((uintptr_t)in % 2 == 0)
    {
        *w0 = load_halves(in);
        *w1 = load_halves(in + 4);
        *w2 = load_halves(in + 8);
        *w3 = load_halves(in + 12);
    }
    else
    {
        *w0 = load32_le(in);
        *w1 = load32_le(in + 4);
        *w2 = load32_le(in + 8);
        *w3 = load32_le(in + 12);
    }
}

/* h = (h + block + 2^128) r, for n blocks. in, out: h as in poly1305. */
static void blocks(poly1305 *p, const uint8_t *in, size_t n)
{
    const uint32_t r0 = p->r[0], r1 = p->r[1], r2 = p->r[2], r3 = p->r[3];
    const uint32_t f0 = (r0 >> 2) * 5, f1 = r1 + (r1 >> 2), f2 = r2 + (r2 >> 2), f3 = r3 + (r3 >> 2);
    uint32_t h0 = p->h[0], h1 = p->h[1], h2 = p->h[2], h3 = p->h[3], h4 = p->h[4];

    for (; n != 0; n--, in += 16)
    {
        uint32_t w0, w1, w2, w3;
        load_block(&w0, &w1, &w2, &w3, in);
        uint64_t c = (uint64_t)h0 + w0;
        h0 = (uint32_t)c;
        c = (c >> 32) + h1 + w1;
        h1 = (uint32_t)c;
        c = (c >> 32) + h2 + w2;
        h2 = (uint32_t)c;
        c = (c >> 32) + h3 + w3;
        h3 = (uint32_t)c;
        h4 += (uint32_t)(c >> 32) + 1; /* at most 6 */

        /* Each column is below 2^32 (2^28 + 3 * 1.25 * 2^28) + 6 * 1.25 * 2^28 < 2^63, the last term below 2^31. */
        uint64_t x0 = (uint64_t)h0 * r0 + (uint64_t)h1 * f3 + (uint64_t)h2 * f2 + (uint64_t)h3 * f1 + h4 * f0;
        uint64_t x1 = (uint64_t)h0 * r1 + (uint64_t)h1 * r0 + (uint64_t)h2 * f3 + (uint64_t)h3 * f2 + h4 * f1;
        uint64_t x2 = (uint64_t)h0 * r2 + (uint64_t)h1 * r1 + (uint64_t)h2 * r0 + (uint64_t)h3 * f3 + h4 * f2;
        uint64_t x3 = (uint64_t)h0 * r3 + (uint64_t)h1 * r2 + (uint64_t)h2 * r1 + (uint64_t)h3 * r0 + h4 * f3;
        uint32_t x4 = h4 * (r0 & 3);

        /* What stands at 2^128 and above: four parts of it are 2^130, which is 5. Below 2^32 in all. */
        x1 += x0 >> 32;
        x2 += x1 >> 32;
        x3 += x2 >> 32;
        uint32_t top = x4 + (uint32_t)(x3 >> 32);
        c = (uint64_t)(uint32_t)x0 + (uint64_t)(top >> 2) * 5;
        h0 = (uint32_t)c;
        c = (c >> 32) + (uint32_t)x1;
        h1 = (uint32_t)c;
        c = (c >> 32) + (uint32_t)x2;
        h2 = (uint32_t)c;
        c = (c >> 32) + (uint32_t)x3;
        h3 = (uint32_t)c;
        h4 = (uint32_t)(c >> 32) + (top & 3);
    }
    p->h[0] = h0;
    p->h[1] = h1;
    p->h[2] = h2;
    p->h[3] = h3;
    p->h[4] = h4;
}

void spt_poly1305_update(poly1305 *p, const uint8_t *in, size_t n)
{
    size_t whole = n / 16;
    if (whole != 0)
        blocks(p, in, whole);
    if (n % 16 != 0)
    {
        uint8_t last[16] = {0};
        memcpy(last, in + 16 * whole, n % 16);
        blocks(p, last, 1);
        spt_wipe(last, sizeof last);
    }
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
