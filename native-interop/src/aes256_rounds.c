/*
 * The rounds of AES (FIPS 197), bitsliced: no tables, two blocks at a time.
 *
 * Word i of a slice holds bit i of all 32 bytes: byte r of the word is row r of the two states, and in it bits 2c and
 * 2c + 1 are column c of the first and the second. The S-box is the circuit of Boyar and Peralta (2010).
 *
 * ShiftRows waits. After an odd round the state stands as it would be with one ShiftRows undone: row r, column c is
 * found at column c + r. MixColumns of that round takes it into account, and its round key is stored in that
 * arrangement. In an even round the two that wait are done at once: they move rows 1 and 3 by two columns.
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
void spt_aes256_transpose(uint32_t q[8])
{
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i += 2)
        EXCHANGE(q[i], q[i + 1], 0x55555555, 1);
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        if ((i & 2) == 0)
            EXCHANGE(q[i], q[i + 2], 0x33333333, 2);
#pragma GCC unroll 8
    for (unsigned i = 0; i < 4; i++)
        EXCHANGE(q[i], q[i + 4], 0x0f0f0f0f, 4);
}

/* The S-box without its constant 0x63, which the round keys bring. */
static ALWAYS_INLINE void substitute(uint32_t *q0, uint32_t *q1, uint32_t *q2, uint32_t *q3, uint32_t *q4, uint32_t *q5,
                                     uint32_t *q6, uint32_t *q7)
{
    const uint32_t x0 = *q7, x1 = *q6, x2 = *q5, x3 = *q4, x4 = *q3, x5 = *q2, x6 = *q1, x7 = *q0;

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

    *q7 = d59 ^ d63;
    *q6 = d64 ^ s3;
    *q5 = d55 ^ d67;
    *q4 = s3;
    *q3 = d51 ^ d66;
    *q2 = d47 ^ d65;
    *q1 = d56 ^ d62;
    *q0 = d48 ^ d60;
}

/* To row r, column c from row r + rows, column c + columns. in: rows above 0. */
static inline uint32_t move(uint32_t x, unsigned rows, unsigned columns)
{
    static const uint32_t stay[3] = {0xffffffff, 0x3f3f3f3f, 0x0f0f0f0f};
    if (columns != 0)
        x = ct_select(stay[columns], x >> 2 * columns, x << (8 - 2 * columns));
    return rotate_right(x, 8 * rows);
}

/* One slice of MixColumns: column a becomes 2 (a + b) + b + (c + d), with b, c, d the rows below. sum is a + b of this
 * slice, lower of the one below, top of slice 7 where that is a term of 2 (a + b), else 0. */
static inline uint32_t mix(uint32_t next, uint32_t sum, uint32_t lower, uint32_t top, unsigned shift)
{
    return next ^ move(sum, 2, 2 * shift) ^ lower ^ top;
}

/* Exchanges columns of rows 1 and 3 two by two. */
static inline uint32_t shift_rows_twice(uint32_t x)
{
    uint32_t y = (x >> 4 ^ x) & 0x0f000f00;
    return x ^ y ^ y << 4;
}

/* SubBytes. */
#define SUBSTITUTE substitute(&q0, &q1, &q2, &q3, &q4, &q5, &q6, &q7)

#define ADD_ROUND_KEY                                                                                                  \
    do                                                                                                                 \
    {                                                                                                                  \
        q0 ^= key[0];                                                                                                  \
        q1 ^= key[1];                                                                                                  \
        q2 ^= key[2];                                                                                                  \
        q3 ^= key[3];                                                                                                  \
        q4 ^= key[4];                                                                                                  \
        q5 ^= key[5];                                                                                                  \
        q6 ^= key[6];                                                                                                  \
        q7 ^= key[7];                                                                                                  \
        key += 8;                                                                                                      \
    } while (0)

#define SHIFT_ROWS_TWICE                                                                                               \
    do                                                                                                                 \
    {                                                                                                                  \
        q0 = shift_rows_twice(q0);                                                                                     \
        q1 = shift_rows_twice(q1);                                                                                     \
        q2 = shift_rows_twice(q2);                                                                                     \
        q3 = shift_rows_twice(q3);                                                                                     \
        q4 = shift_rows_twice(q4);                                                                                     \
        q5 = shift_rows_twice(q5);                                                                                     \
        q6 = shift_rows_twice(q6);                                                                                     \
        q7 = shift_rows_twice(q7);                                                                                     \
    } while (0)

/* MixColumns; shift is 1 where a ShiftRows waits, else 0. */
#define MIX_COLUMNS(shift)                                                                                             \
    do                                                                                                                 \
    {                                                                                                                  \
        uint32_t n0 = move(q0, 1, shift), s0 = q0 ^ n0, n1 = move(q1, 1, shift), s1 = q1 ^ n1;                         \
        uint32_t n2 = move(q2, 1, shift), s2 = q2 ^ n2, n3 = move(q3, 1, shift), s3 = q3 ^ n3;                         \
        uint32_t n4 = move(q4, 1, shift), s4 = q4 ^ n4, n5 = move(q5, 1, shift), s5 = q5 ^ n5;                         \
        uint32_t n6 = move(q6, 1, shift), s6 = q6 ^ n6, n7 = move(q7, 1, shift), s7 = q7 ^ n7;                         \
        q0 = mix(n0, s0, s7, 0, shift);                                                                                \
        q1 = mix(n1, s1, s0, s7, shift);                                                                               \
        q2 = mix(n2, s2, s1, 0, shift);                                                                                \
        q3 = mix(n3, s3, s2, s7, shift);                                                                               \
        q4 = mix(n4, s4, s3, s7, shift);                                                                               \
        q5 = mix(n5, s5, s4, 0, shift);                                                                                \
        q6 = mix(n6, s6, s5, 0, shift);                                                                                \
        q7 = mix(n7, s7, s6, 0, shift);                                                                                \
    } while (0)

void spt_aes256_rounds(uint32_t q[8], const uint32_t *key, unsigned n)
{
    spt_aes256_transpose(q);
    uint32_t q0 = q[0], q1 = q[1], q2 = q[2], q3 = q[3], q4 = q[4], q5 = q[5], q6 = q[6], q7 = q[7];
    for (;;)
    {
        ADD_ROUND_KEY;
        if (n-- == 0)
            break;
        SUBSTITUTE;
        if (n % 2 != 0)
            MIX_COLUMNS(1);
        else
        {
            SHIFT_ROWS_TWICE;
            if (n != 0)
                MIX_COLUMNS(0);
        }
    }
    q[0] = q0;
    q[1] = q1;
    q[2] = q2;
    q[3] = q3;
    q[4] = q4;
    q[5] = q5;
    q[6] = q6;
    q[7] = q7;
    spt_aes256_transpose(q);
}
