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
    uint64_t c = (uint64_t)(h[4] >> 2) * 5;
    h[4] &= 3;
    for (unsigned i = 0; i < 5; i++)
    {
        c += h[i];
        h[i] = (uint32_t)c;
        c >>= 32;
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
    h[4] = (h[4] >> 16) + (part >> 14) + (uint32_t)c;
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
    uint32_t c = 5;
    for (unsigned i = 0; i < 4; i++)
        c = (uint32_t)(((uint64_t)c + p->h[i]) >> 32);
    uint64_t sum = (c + p->h[4]) / 4 * 5;
    for (unsigned i = 0; i < 4; i++)
    {
        sum += (uint64_t)p->h[i] + p->pad[i];
        store32_le(tag + 4 * i, (uint32_t)sum);
        sum >>= 32;
    }
    spt_wipe(p, sizeof *p);
}
