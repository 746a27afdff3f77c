/* Blocks of ChaCha20 (RFC 8439 2.3). */
#include "internal.h"

/* A quarter round from its second sum on. */
static inline void quarter_rest(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *c += *d;
    *b = rotate_left(*b ^ *c, 12);
    *a += *b;
    *d = rotate_left(*d ^ *a, 8);
    *c += *d;
    *b = rotate_left(*b ^ *c, 7);
}

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate_left(*d ^ *a, 16);
    quarter_rest(a, b, c, d);
}

void spt_chacha20_begin(chacha20 *c)
{
    const uint32_t *s = c->state;
    uint32_t *e = c->early;
    for (unsigned i = 1; i < 4; i++)
    {
        uint32_t a = s[i], b = s[i + 4], g = s[i + 8], d = s[i + 12];
        quarter_round(&a, &b, &g, &d);
        e[i] = a;
        e[i + 4] = b;
        e[i + 8] = g;
        e[i + 12] = d;
    }
    e[0] = s[0] + s[4];
    e[4] = s[4];
    e[8] = s[8];
    e[12] = s[12];
    e[1] += e[6];
    e[2] += e[7];
    e[13] = rotate_left(e[13] ^ e[2], 16);
}

/*
 * out = in XOR the state's block with this counter, 64 bytes each; out may be in. early: the state after what of the
 * first two rounds the counter is not part of, which is the quarter rounds of columns 1 to 3 and the first steps of
 * three others. Both are aligned, or with `shifted` both are 2 bytes above a multiple of 4: then whole words are those
 * between the halves at the ends.
 */
static ALWAYS_INLINE void block(uint8_t *out, const uint8_t *in, int shifted, const chacha20 *c, uint32_t counter)
{
    const uint32_t *state = c->state, *early = c->early;
    uint32_t x0 = early[0], x1 = early[1], x2 = early[2], x3 = early[3];
    uint32_t x4 = early[4], x5 = early[5], x6 = early[6], x7 = early[7];
    uint32_t x8 = early[8], x9 = early[9], x10 = early[10], x11 = early[11];
    uint32_t x12 = counter, x13 = early[13], x14 = early[14], x15 = early[15];

    x12 = rotate_left(x12 ^ x0, 16);
    quarter_rest(&x0, &x4, &x8, &x12);
    quarter_round(&x0, &x5, &x10, &x15);
    x12 = rotate_left(x12 ^ x1, 16);
    quarter_rest(&x1, &x6, &x11, &x12);
    quarter_rest(&x2, &x7, &x8, &x13);
    quarter_round(&x3, &x4, &x9, &x14);
    for (unsigned i = 9; i != 0; i--)
    {
        quarter_round(&x0, &x4, &x8, &x12);
        quarter_round(&x1, &x5, &x9, &x13);
        quarter_round(&x2, &x6, &x10, &x14);
        quarter_round(&x3, &x7, &x11, &x15);
        quarter_round(&x0, &x5, &x10, &x15);
        quarter_round(&x1, &x6, &x11, &x12);
        quarter_round(&x2, &x7, &x8, &x13);
        quarter_round(&x3, &x4, &x9, &x14);
    }

#define WAS(i) ((i) == 12 ? counter : state[i])
#define WORD(at, x) store32_le_aligned(out + (at), load32_le_aligned(in + (at)) ^ (x))
#define HALF(at, x) store16_le_aligned(out + (at), load16_le_aligned(in + (at)) ^ (x))
    if (!shifted)
    {
#define WHOLE(i) WORD(4 * (i), x##i + WAS(i))
        WHOLE(0);
        WHOLE(1);
        WHOLE(2);
        WHOLE(3);
        WHOLE(4);
        WHOLE(5);
        WHOLE(6);
        WHOLE(7);
        WHOLE(8);
        WHOLE(9);
        WHOLE(10);
        WHOLE(11);
        WHOLE(12);
        WHOLE(13);
        WHOLE(14);
        WHOLE(15);
#undef WHOLE
    }
    else
    {
#define BETWEEN(i, next)                                                                                               \
    x##next += WAS(next);                                                                                              \
    WORD(4 * (i) + 2, x##i >> 16 | x##next << 16)
        x0 += WAS(0);
        HALF(0, x0);
        BETWEEN(0, 1);
        BETWEEN(1, 2);
        BETWEEN(2, 3);
        BETWEEN(3, 4);
        BETWEEN(4, 5);
        BETWEEN(5, 6);
        BETWEEN(6, 7);
        BETWEEN(7, 8);
        BETWEEN(8, 9);
        BETWEEN(9, 10);
        BETWEEN(10, 11);
        BETWEEN(11, 12);
        BETWEEN(12, 13);
        BETWEEN(13, 14);
        BETWEEN(14, 15);
        HALF(62, x15 >> 16);
#undef BETWEEN
    }
#undef WAS
#undef WORD
#undef HALF
}

void spt_chacha20_blocks(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n)
{
    const int shifted = !is_aligned(out);
    uint32_t counter = c->state[12];
    do
    {
        block(out, in, shifted, c, counter);
        counter++;
        in += 64;
        out += 64;
    } while (--n != 0);
    c->state[12] = counter;
}
