/* ChaCha20 (RFC 8439 2.4). */
#include "internal.h"

OWN_FRAME void spt_chacha20_set(chacha20 *c, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter)
{
    uint32_t *s = c->state;
    s[0] = 0x61707865;
    s[1] = 0x3320646e;
    s[2] = 0x79622d32;
    s[3] = 0x6b206574;
    memcpy(s + 4, key, 32);
    s[12] = counter;
    memcpy(s + 13, nonce, 12);
    spt_chacha20_begin(c);
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
            spt_chacha20_blocks(c, out, in, n / 64);
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
        spt_chacha20_blocks(c, (uint8_t *)buffer, (uint8_t *)buffer, 1);
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
