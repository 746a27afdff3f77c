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
    words_from_le(state + 4, key, 8);
    state[12] = counter;
    words_from_le(state + 13, nonce, 3);
}

/*
 * out = in XOR the state's block, 64 bytes each, read and written by words where both are aligned to 4, else by halves
 * of words; out may be in. early: the state after the quarter rounds of the first column round that the counter is not
 * part of.
 */
static inline void block(uint8_t *out, const uint8_t *in, int by_words, const uint32_t state[16],
                         const uint32_t early[16])
{
    uint32_t x0 = state[0], x1 = early[1], x2 = early[2], x3 = early[3];
    uint32_t x4 = state[4], x5 = early[5], x6 = early[6], x7 = early[7];
    uint32_t x8 = state[8], x9 = early[9], x10 = early[10], x11 = early[11];
    uint32_t x12 = state[12], x13 = early[13], x14 = early[14], x15 = early[15];
    unsigned i = 10;
    quarter_round(&x0, &x4, &x8, &x12);
    goto diagonals;
    do
    {
        quarter_round(&x0, &x4, &x8, &x12);
        quarter_round(&x1, &x5, &x9, &x13);
        quarter_round(&x2, &x6, &x10, &x14);
        quarter_round(&x3, &x7, &x11, &x15);
    diagonals:
        quarter_round(&x0, &x5, &x10, &x15);
        quarter_round(&x1, &x6, &x11, &x12);
        quarter_round(&x2, &x7, &x8, &x13);
        quarter_round(&x3, &x4, &x9, &x14);
    } while (--i != 0);

#define WORD(i) store32_le_aligned(out + 4 * (i), load32_le_aligned(in + 4 * (i)) ^ (x##i + state[i]))
#define HALVES(i)                                                                                                      \
    x##i += state[i];                                                                                                  \
    store16_le_aligned(out + 4 * (i), load16_le_aligned(in + 4 * (i)) ^ x##i);                                         \
    store16_le_aligned(out + 4 * (i) + 2, load16_le_aligned(in + 4 * (i) + 2) ^ x##i >> 16)
    if (by_words)
    {
        WORD(0);
        WORD(1);
        WORD(2);
        WORD(3);
        WORD(4);
        WORD(5);
        WORD(6);
        WORD(7);
        WORD(8);
        WORD(9);
        WORD(10);
        WORD(11);
        WORD(12);
        WORD(13);
        WORD(14);
        WORD(15);
    }
    else
    {
        HALVES(0);
        HALVES(1);
        HALVES(2);
        HALVES(3);
        HALVES(4);
        HALVES(5);
        HALVES(6);
        HALVES(7);
        HALVES(8);
        HALVES(9);
        HALVES(10);
        HALVES(11);
        HALVES(12);
        HALVES(13);
        HALVES(14);
        HALVES(15);
    }
#undef WORD
#undef HALVES
}

void spt_chacha20_xor(uint32_t state[16], uint8_t *out, const uint8_t *in, size_t n)
{
    uint32_t early[16], buffer[16];
    for (unsigned i = 1; i < 4; i++)
    {
        uint32_t a = state[i], b = state[i + 4], c = state[i + 8], d = state[i + 12];
        quarter_round(&a, &b, &c, &d);
        early[i] = a;
        early[i + 4] = b;
        early[i + 8] = c;
        early[i + 12] = d;
    }
    uintptr_t place = (uintptr_t)out | (uintptr_t)in;
    while (n != 0)
    {
        size_t part = n < 64 ? n : 64;
        int direct = place % 2 == 0 && part == 64;
        if (!direct)
            memcpy(buffer, in, part);
        block(direct ? out : (uint8_t *)buffer, direct ? in : (const uint8_t *)buffer, !direct || place % 4 == 0, state,
              early);
        if (!direct)
            memcpy(out, buffer, part);
        state[12]++;
        in += part;
        out += part;
        n -= part;
    }
    spt_wipe(early, sizeof early);
    spt_wipe(buffer, sizeof buffer);
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
