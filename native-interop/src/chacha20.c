/* ChaCha20 (RFC 8439 2.3, 2.4). */
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

OWN_FRAME void spt_chacha20_set(chacha20 *c, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter)
{
    uint32_t *s = c->state, *e = c->early;
    s[0] = 0x61707865;
    s[1] = 0x3320646e;
    s[2] = 0x79622d32;
    s[3] = 0x6b206574;
    words_from_le(s + 4, key, 8);
    s[12] = counter;
    words_from_le(s + 13, nonce, 3);

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
 * out = in XOR the state's block, 64 bytes each; out may be in. early: the state after what of the first two rounds the
 * counter is not part of, which is the quarter rounds of columns 1 to 3 and the first steps of three others. Both are
 * aligned, or with `shifted` both are 2 bytes above a multiple of 4: then whole words are those between the halves at
 * the ends.
 */
static ALWAYS_INLINE void block(uint8_t *out, const uint8_t *in, int shifted, const chacha20 *c)
{
    const uint32_t *state = c->state, *early = c->early;
    uint32_t x0 = early[0], x1 = early[1], x2 = early[2], x3 = early[3];
    uint32_t x4 = early[4], x5 = early[5], x6 = early[6], x7 = early[7];
    uint32_t x8 = early[8], x9 = early[9], x10 = early[10], x11 = early[11];
    uint32_t x12 = state[12], x13 = early[13], x14 = early[14], x15 = early[15];

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

#define WORD(at, x) store32_le_aligned(out + (at), load32_le_aligned(in + (at)) ^ (x))
#define HALF(at, x) store16_le_aligned(out + (at), load16_le_aligned(in + (at)) ^ (x))
    if (!shifted)
    {
#define WHOLE(i) WORD(4 * (i), x##i + state[i])
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
    x##next += state[next];                                                                                            \
    WORD(4 * (i) + 2, x##i >> 16 | x##next << 16)
        x0 += state[0];
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
#undef WORD
#undef HALF
}

/* XORs n blocks, 1 or more. */
static void blocks(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n)
{
    const int shifted = !is_aligned(out);
    do
    {
        block(out, in, shifted, c);
        c->state[12]++;
        in += 64;
        out += 64;
    } while (--n != 0);
}

/* Four blocks at a time where a register holds four words, which none of the boards' does. */
#if SPT_LIMB_BITS == 64 && defined(__has_builtin) && (defined(__SSE2__) || defined(__ARM_NEON))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && __has_builtin(__builtin_shufflevector)
#define FOUR_BLOCKS 256
#endif
#endif

#ifdef FOUR_BLOCKS
typedef uint32_t lanes __attribute__((vector_size(16)));

static ALWAYS_INLINE void quarter_rounds(lanes *a, lanes *b, lanes *c, lanes *d)
{
    *a += *b;
    *d ^= *a;
    *d = *d << 16 | *d >> 16;
    *c += *d;
    *b ^= *c;
    *b = *b << 12 | *b >> 20;
    *a += *b;
    *d ^= *a;
    *d = *d << 8 | *d >> 24;
    *c += *d;
    *b ^= *c;
    *b = *b << 7 | *b >> 25;
}

/*
 * out = in XOR the blocks of the state's counter and the next three, 256 bytes each; out may be in. Leaves what it
 * works with on the stack: a pointer to it, for a wipe, would keep it there and out of the registers.
 */
static OWN_FRAME void four_blocks(uint8_t *out, const uint8_t *in, const uint32_t state[16])
{
    lanes x[16]; /* x[i] is word i of all four */
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++)
        x[i] = (lanes){state[i], state[i], state[i], state[i]};
    const lanes counter = x[12] + (lanes){0, 1, 2, 3};
    x[12] = counter;
    for (unsigned i = 0; i < 10; i++)
    {
        quarter_rounds(&x[0], &x[4], &x[8], &x[12]);
        quarter_rounds(&x[1], &x[5], &x[9], &x[13]);
        quarter_rounds(&x[2], &x[6], &x[10], &x[14]);
        quarter_rounds(&x[3], &x[7], &x[11], &x[15]);
        quarter_rounds(&x[0], &x[5], &x[10], &x[15]);
        quarter_rounds(&x[1], &x[6], &x[11], &x[12]);
        quarter_rounds(&x[2], &x[7], &x[8], &x[13]);
        quarter_rounds(&x[3], &x[4], &x[9], &x[14]);
    }
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++)
        x[i] += i == 12 ? counter : (lanes){state[i], state[i], state[i], state[i]};

#pragma GCC unroll 4
    for (unsigned i = 0; i < 16; i += 4)
    {
        /* Four words of four blocks each become four blocks of four words. */
        lanes a = __builtin_shufflevector(x[i], x[i + 1], 0, 4, 1, 5);
        lanes b = __builtin_shufflevector(x[i], x[i + 1], 2, 6, 3, 7);
        lanes c = __builtin_shufflevector(x[i + 2], x[i + 3], 0, 4, 1, 5);
        lanes d = __builtin_shufflevector(x[i + 2], x[i + 3], 2, 6, 3, 7);
        lanes key[4] = {__builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(a, c, 2, 3, 6, 7),
                        __builtin_shufflevector(b, d, 0, 1, 4, 5), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
        for (unsigned k = 0; k < 4; k++)
        {
            lanes text;
            memcpy(&text, in + 64 * k + 4 * i, sizeof text);
            text ^= key[k];
            memcpy(out + 64 * k + 4 * i, &text, sizeof text);
        }
    }
}

/* As spt_chacha20_xor. */
static void xor_by_four(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n)
{
    uint8_t buffer[FOUR_BLOCKS];
    while (n >= FOUR_BLOCKS)
    {
        four_blocks(out, in, c->state);
        c->state[12] += 4;
        in += FOUR_BLOCKS;
        out += FOUR_BLOCKS;
        n -= FOUR_BLOCKS;
    }
    if (n != 0)
    {
        memcpy(buffer, in, n);
        four_blocks(buffer, buffer, c->state);
        memcpy(out, buffer, n);
        c->state[12] += (uint32_t)(n + 63) / 64;
        spt_wipe(buffer, sizeof buffer);
    }
    spt_wipe_stack(256);
}
#endif

OWN_FRAME void spt_chacha20_xor(chacha20 *c, uint8_t *out, const uint8_t *in, size_t n)
{
#ifdef FOUR_BLOCKS
    if (n > 64)
    {
        xor_by_four(c, out, in, n);
        return;
    }
#endif
    if ((is_aligned(out) && is_aligned(in)) || ((uintptr_t)out % 4 == 2 && (uintptr_t)in % 4 == 2))
    {
        if (n >= 64)
            blocks(c, out, in, n / 64);
        in += n - n % 64;
        out += n - n % 64;
        n %= 64;
    }
    if (n == 0)
        return;
    uint32_t buffer[16];
    do
    {
        size_t part = n < 64 ? n : 64;
        memcpy(buffer, in, part);
        blocks(c, (uint8_t *)buffer, (uint8_t *)buffer, 1);
        memcpy(out, buffer, part);
        in += part;
        out += part;
        n -= part;
    } while (n != 0);
    spt_wipe(buffer, sizeof buffer);
}

void spt_chacha20(uint8_t *out, const uint8_t *in, size_t n, const uint8_t key[32], const uint8_t nonce[12],
                  uint32_t counter)
{
    chacha20 c;
    spt_chacha20_set(&c, key, nonce, counter);
    spt_chacha20_xor(&c, out, in, n);
    spt_wipe(&c, sizeof c);
    spt_wipe_stack(192);
}
