/* Poly1305 (RFC 8439 2.5), for the padded messages of the AEAD construction: every block is 16 bytes long. */
#include "internal.h"

void spt_poly1305_start(poly1305 *p, const uint8_t key[32])
{
    memcpy(p->r, key, 16);
    memcpy(p->pad, key + 16, 16);
    for (unsigned i = 0; i < 4; i++)
        p->r[i] &= i == 0 ? 0x0fffffff : 0x0ffffffc;
    memset(p->h, 0, sizeof p->h);
}

/* Brings h[4] to at most 4. */
static void fold(uint32_t h[5])
{
    sum64 c = sum64_of((h[4] >> 2) * 5);
    h[4] &= 3;
    for (unsigned i = 0; i < 5; i++)
    {
        sum64_add(&c, h[i]);
        h[i] = sum64_next(&c);
    }
}

/* h 2^16. in: h[4] at most 4. */
static void scale_up(uint32_t h[5])
{
    uint32_t above = 0;
    for (unsigned i = 0; i < 5; i++)
    {
        uint32_t word = h[i];
        h[i] = word << 16 | above;
        above = word >> 16;
    }
}

/* h / 2^16 mod 2^130 - 5, where 1 / 2^16 is 0xcccd 2^114 - 4. */
static void scale_down(uint32_t h[5])
{
    uint32_t low = h[0] & 0xffff, part = low * 0xcccd, borrow = 4 * low;
    for (unsigned i = 0; i < 4; i++)
    {
        uint32_t word = h[i] >> 16 | h[i + 1] << 16;
        h[i] = word - borrow;
        borrow = ct_below(word, borrow);
    }
    h[3] += part << 18;
    h[4] = (h[4] >> 16) + (part >> 14) + ct_below(h[3], part << 18) - borrow;
}

void spt_poly1305_update(poly1305 *p, const uint8_t *in, size_t n)
{
    if (n >= 16 && (is_aligned(in) || (uintptr_t)in % 4 == 2))
    {
        if (!is_aligned(in))
        {
            fold(p->h);
            scale_up(p->h);
        }
        spt_poly1305_blocks(p, in, n / 16);
        if (!is_aligned(in))
            scale_down(p->h);
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
        spt_poly1305_blocks(p, (uint8_t *)last, 1);
        in += part;
        n -= part;
    } while (n != 0);
    spt_wipe(last, sizeof last);
}

void spt_poly1305_end(poly1305 *p, uint8_t tag[16])
{
    /* h is below 2 (2^130 - 5), and not below 2^130 - 5 exactly when h + 5 reaches 2^130. */
    fold(p->h);
    sum64 c = sum64_of(5);
    for (unsigned i = 0; i < 4; i++)
    {
        sum64_add(&c, p->h[i]);
        (void)sum64_next(&c);
    }
    c = sum64_of((sum64_next(&c) + p->h[4]) / 4 * 5);
    for (unsigned i = 0; i < 4; i++)
    {
        sum64_add(&c, p->h[i]);
        sum64_add(&c, p->pad[i]);
        store32_le(tag + 4 * i, sum64_next(&c));
    }
    spt_wipe(p, sizeof *p);
}
