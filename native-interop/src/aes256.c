/*
 * AES-256 encryption (FIPS 197), bitsliced: no tables, two blocks at a time.
 *
 * Word i of a slice holds bit i of all 32 bytes: byte r of the word is row r of the two states, and in it bits 2c and
 * 2c + 1 are column c of the first and the second. The S-box is the circuit of Boyar and Peralta (2010).
 *
 * ShiftRows is never done. After round i the state stands as it would be with i ShiftRows undone: row r, column c is
 * found at column c + i r. MixColumns of round i takes that into account, the round keys are stored in that
 * arrangement, and after 14 rounds only rows 1 and 3 are two columns off.
 */
#include "internal.h"

/* Exchanges the bits of b under mask with those of a that are `shift` higher. */
#define EXCHANGE(a, b, mask, shift)                                                                                    \
    do                                                                                                                 \
    {                                                                                                                  \
        uint32_t x_ = ((a) >> (shift) ^ (b)) & (mask);                                                                 \
        (b) ^= x_;                                                                                                     \
        (a) ^= x_ << (shift);                                                                                          \
    } while (0)

/* Transposes the 8 by 8 bits that byte r of the eight words makes, for each r: words to slices and back. */
static void transpose(uint32_t q[8])
{
    for (unsigned i = 0; i < 8; i += 2)
        EXCHANGE(q[i], q[i + 1], 0x55555555, 1);
    for (unsigned i = 0; i < 8; i += i % 2 == 0 ? 1 : 3)
        EXCHANGE(q[i], q[i + 2], 0x33333333, 2);
    for (unsigned i = 0; i < 4; i++)
        EXCHANGE(q[i], q[i + 4], 0x0f0f0f0f, 4);
}

/* The S-box without its constant 0x63, which the round keys bring. */
static inline void substitute(uint32_t q[8])
{
    const uint32_t x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4], x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];

    /* linear, into the subfields */
    const uint32_t y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5;
    const uint32_t a0 = x1 ^ x2, y1 = a0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14;
    const uint32_t y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8;
    const uint32_t a1 = x4 ^ y12, y15 = a1 ^ x5, y20 = a1 ^ x1, y6 = y15 ^ x7;
    const uint32_t y10 = y15 ^ a0, y11 = y20 ^ y9, y7 = x7 ^ y11, y17 = y10 ^ y11;
    const uint32_t y19 = y10 ^ y8, y16 = a0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;

    /* inversion */
    const uint32_t b2 = y12 & y15, b4 = (y3 & y6) ^ b2, b6 = (y4 & x7) ^ b2;
    const uint32_t b7 = y13 & y16, b9 = (y5 & y1) ^ b7, b11 = (y2 & y7) ^ b7;
    const uint32_t b12 = y9 & y11, b14 = (y14 & y17) ^ b12, b16 = (y8 & y10) ^ b12;
    const uint32_t b21 = b4 ^ b14 ^ y20, b22 = b6 ^ b16 ^ y19, b23 = b9 ^ b14 ^ y21, b24 = b11 ^ b16 ^ y18;
    const uint32_t c25 = b21 ^ b22, c26 = b21 & b23, c27 = b24 ^ c26, c29 = (c25 & c27) ^ b22;
    const uint32_t c30 = b23 ^ b24, c31 = b22 ^ c26, c33 = (c31 & c30) ^ b24;
    const uint32_t c34 = b23 ^ c33, c35 = c27 ^ c33, c36 = b24 & c35, c37 = c36 ^ c34;
    const uint32_t c38 = c27 ^ c36, c40 = c25 ^ (c29 & c38);
    const uint32_t c41 = c40 ^ c37, c42 = c29 ^ c33, c43 = c29 ^ c40, c44 = c33 ^ c37, c45 = c42 ^ c41;

    /* linear, back */
    const uint32_t z0 = c44 & y15, z1 = c37 & y6, z2 = c33 & x7, z3 = c43 & y16, z4 = c40 & y1, z5 = c29 & y7;
    const uint32_t z6 = c42 & y11, z7 = c45 & y17, z8 = c41 & y10, z9 = c44 & y12, z10 = c37 & y3, z11 = c33 & y4;
    const uint32_t z12 = c43 & y13, z13 = c40 & y5, z14 = c29 & y2, z15 = c42 & y9, z16 = c45 & y14, z17 = c41 & y8;
    const uint32_t d46 = z15 ^ z16, d47 = z10 ^ z11, d48 = z5 ^ z13, d49 = z9 ^ z10, d50 = z2 ^ z12, d51 = z2 ^ z5;
    const uint32_t d52 = z7 ^ z8, d53 = z0 ^ z3, d54 = z6 ^ z7, d55 = z16 ^ z17, d56 = z12 ^ d48, d57 = d50 ^ d53;
    const uint32_t d58 = z4 ^ d46, d59 = z3 ^ d54, d60 = d46 ^ d57, d61 = z14 ^ d57, d62 = d52 ^ d58, d63 = d49 ^ d58;
    const uint32_t d64 = z4 ^ d59, d65 = d61 ^ d62, d66 = z1 ^ d63, d67 = d64 ^ d65, s3 = d53 ^ d66;

    q[7] = d59 ^ d63;
    q[6] = d64 ^ s3;
    q[5] = d55 ^ d67;
    q[4] = s3;
    q[3] = d51 ^ d66;
    q[2] = d47 ^ d65;
    q[1] = d56 ^ d62;
    q[0] = d48 ^ d60;
}

/* What 0x63 in every byte is, by slices. */
static void add_constant(uint32_t q[8])
{
    q[0] = ~q[0];
    q[1] = ~q[1];
    q[5] = ~q[5];
    q[6] = ~q[6];
}

/* To row r, column c from row r + rows, column c + columns. */
static inline uint32_t move(uint32_t x, unsigned rows, unsigned columns)
{
    static const uint32_t stay[4] = {0xffffffff, 0x3f3f3f3f, 0x0f0f0f0f, 0x03030303};
    uint32_t inside = rotate_right(x, 8 * rows + 2 * columns);
    if (columns == 0)
        return inside;
    uint32_t around = rotate_right(x, 8 * (rows - 1) + 2 * columns);
    return around ^ (stay[columns] & (around ^ inside));
}

/* MixColumns of round i, shift = i mod 4: column a becomes 2 (a + b) + b + (c + d), with b, c, d the rows below. */
static inline void mix_columns(uint32_t q[8], const unsigned shift)
{
    uint32_t next[8], sum[8];
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
    {
        next[i] = move(q[i], 1, shift);
        sum[i] = q[i] ^ next[i];
    }
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
    {
        q[i] = next[i] ^ move(sum[i], 2, 2 * shift % 4) ^ sum[(i + 7) % 8];
        if (i == 1 || i == 3 || i == 4)
            q[i] ^= sum[7];
    }
}

static inline void add_round_key(uint32_t q[8], const uint32_t key[8])
{
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        q[i] ^= key[i];
}

/* Row r moved up by `shift` r columns, so that column c is found at column c + shift r. */
static uint32_t undo_shift_rows(uint32_t x, unsigned shift)
{
    uint32_t result = 0;
    for (unsigned r = 0; r < 4; r++)
    {
        unsigned n = 2 * shift * r % 8;
        uint32_t row = x >> 8 * r & 0xff;
        result |= ((row << n | row >> (8 - n)) & 0xff) << 8 * r;
    }
    return result;
}

static uint32_t substitute_word(uint32_t x)
{
    uint32_t q[8] = {x};
    transpose(q);
    substitute(q);
    add_constant(q);
    transpose(q);
    x = q[0];
    spt_wipe(q, sizeof q);
    return x;
}

void spt_aes256_set(aes256 *a, const uint8_t key[32])
{
    uint32_t w[8]; /* the last eight words of the key expansion, little-endian */
    uint32_t round_constant = 1;
    for (unsigned i = 0; i < 8; i++)
        w[i] = load32_le(key + 4 * i);

    for (unsigned round = 0; round <= 14; round++)
    {
        uint32_t *half = w + 4 * (round % 2), *slices = a->round_key[round];
        if (round >= 2)
        {
            if (round % 2 == 0)
            {
                half[0] ^= substitute_word(rotate_right(w[7], 8)) ^ round_constant;
                round_constant <<= 1;
            }
            else
                half[0] ^= substitute_word(w[3]);
            half[1] ^= half[0];
            half[2] ^= half[1];
            half[3] ^= half[2];
        }
        for (unsigned i = 0; i < 4; i++)
            slices[2 * i] = slices[2 * i + 1] = half[i];
        transpose(slices);
        for (unsigned i = 0; i < 8; i++)
            slices[i] = undo_shift_rows(slices[i], round % 4);
        if (round != 0)
            add_constant(slices);
    }
    spt_wipe(w, sizeof w);
}

void spt_aes256_encrypt_two(const aes256 *a, uint8_t out[32], const uint8_t in[32])
{
    uint32_t q[8];
    for (unsigned i = 0; i < 4; i++)
    {
        q[2 * i] = load32_le(in + 4 * i);
        q[2 * i + 1] = load32_le(in + 16 + 4 * i);
    }
    transpose(q);

    const uint32_t(*key)[8] = a->round_key;
    add_round_key(q, *key++);
    for (unsigned i = 0; i < 3; i++)
    {
        substitute(q);
        mix_columns(q, 1);
        add_round_key(q, *key++);
        substitute(q);
        mix_columns(q, 2);
        add_round_key(q, *key++);
        substitute(q);
        mix_columns(q, 3);
        add_round_key(q, *key++);
        substitute(q);
        mix_columns(q, 0);
        add_round_key(q, *key++);
    }
    substitute(q);
    mix_columns(q, 1);
    add_round_key(q, *key++);
    substitute(q);
    add_round_key(q, *key);

    for (unsigned i = 0; i < 8; i++)
    {
        /* 14 ShiftRows are two: columns of rows 1 and 3 exchanged two by two */
        uint32_t x = (q[i] >> 4 ^ q[i]) & 0x0f000f00;
        q[i] ^= x | x << 4;
    }
    transpose(q);
    for (unsigned i = 0; i < 4; i++)
    {
        store32_le(out + 4 * i, q[2 * i]);
        store32_le(out + 16 + 4 * i, q[2 * i + 1]);
    }
    spt_wipe(q, sizeof q);
}
