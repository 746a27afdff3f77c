/* ChaCha20 (RFC 8439 2.3, 2.4). */
#include "internal.h"

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate_left(*d ^ *a, 16);
    *c += *d;
    *b = rotate_left(*b ^ *c, 12);
    *a += *b;
    *d = rotate_left(*d ^ *a, 8);
    *c += *d;
    *b = rotate_left(*b ^ *c, 7);
}

void spt_chacha20_set(uint32_t state[16], const uint8_t key[32], const uint8_t nonce[12], uint32_t counter)
{
    state[0] = 0x61707865;
    state[1] = 0x3320646e;
    state[2] = 0x79622d32;
    state[3] = 0x6b206574;
    for (unsigned i = 0; i < 8; i++)
        state[4 + i] = load32_le(key + 4 * i);
    state[12] = counter;
    for (unsigned i = 0; i < 3; i++)
        state[13 + i] = load32_le(nonce + 4 * i);
}

/* The key stream of the state's block. */
static void block(uint32_t out[16], const uint32_t state[16])
{
    uint32_t x0 = state[0], x1 = state[1], x2 = state[2], x3 = state[3];
    uint32_t x4 = state[4], x5 = state[5], x6 = state[6], x7 = state[7];
    uint32_t x8 = state[8], x9 = state[9], x10 = state[10], x11 = state[11];
    uint32_t x12 = state[12], x13 = state[13], x14 = state[14], x15 = state[15];
    for (unsigned i = 0; i < 10; i++)
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
    out[0] = x0 + state[0];
    out[1] = x1 + state[1];
    out[2] = x2 + state[2];
    out[3] = x3 + state[3];
    out[4] = x4 + state[4];
    out[5] = x5 + state[5];
    out[6] = x6 + state[6];
    out[7] = x7 + state[7];
    out[8] = x8 + state[8];
    out[9] = x9 + state[9];
    out[10] = x10 + state[10];
    out[11] = x11 + state[11];
    out[12] = x12 + state[12];
    out[13] = x13 + state[13];
    out[14] = x14 + state[14];
    out[15] = x15 + state[15];
}

void spt_chacha20_xor(uint32_t state[16], uint8_t *out, const uint8_t *in, size_t n)
{
    uint32_t stream[16];
    while (n >= 64)
    {
        block(stream, state);
        for (unsigned i = 0; i < 16; i++)
            store32_le(out + 4 * i, load32_le(in + 4 * i) ^ stream[i]);
        state[12]++;
        in += 64;
        out += 64;
        n -= 64;
    }
    if (n != 0)
    {
        block(stream, state);
        for (unsigned i = 0; i < n; i++)
            out[i] = (uint8_t)(in[i] ^ stream[i / 4] >> 8 * (i % 4));
        state[12]++;
    }
    spt_wipe(stream, sizeof stream);
}

static OWN_FRAME void crypt(uint8_t *out, const uint8_t *in, size_t n, const uint8_t key[32], const uint8_t nonce[12],
                            uint32_t counter)
{
    uint32_t state[16];
    spt_chacha20_set(state, key, nonce, counter);
    spt_chacha20_xor(state, out, in, n);
    spt_wipe(state, sizeof state);
}

void spt_chacha20(uint8_t *out, const uint8_t *in, size_t n, const uint8_t key[32], const uint8_t nonce[12],
                  uint32_t counter)
{
    crypt(out, in, n, key, nonce, counter);
    spt_wipe_stack();
}
