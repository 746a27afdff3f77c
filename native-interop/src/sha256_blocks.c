/* The compression function of SHA-256 (FIPS 180-4 6.2.2). */
#include "internal.h"

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* x rotated right by a and b, and by a, b and c, and their sum. in: a < b < c. Where there is no rotate instruction,
 * one upon the other takes a register less. */
static inline uint32_t two_rotations(uint32_t x, unsigned a, unsigned b)
{
#if defined(__riscv)
    return rotate_right(rotate_right(x, b - a) ^ x, a);
#else
    return rotate_right(x, a) ^ rotate_right(x, b);
#endif
}

static inline uint32_t three_rotations(uint32_t x, unsigned a, unsigned b, unsigned c)
{
#if defined(__riscv)
    return rotate_right(two_rotations(x, b - a, c - a) ^ x, a);
#else
    return two_rotations(x, a, b) ^ rotate_right(x, c);
#endif
}

/* One round; the caller turns the names instead of moving the values. x is b ^ c, and a ^ b afterwards. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                                               \
    do                                                                                                                 \
    {                                                                                                                  \
        uint32_t x_ = (a) ^ (b);                                                                                       \
        (h) += three_rotations(e, 6, 11, 25);                                                                          \
        (h) += (g) ^ ((e) & ((f) ^ (g)));                                                                              \
        (h) += k[i];                                                                                                   \
        (h) += w##i;                                                                                                   \
        (d) += (h);                                                                                                    \
        (h) += three_rotations(a, 2, 13, 22);                                                                          \
        (h) += (b) ^ (x_ & x);                                                                                         \
        x = x_;                                                                                                        \
    } while (0)

/* Word t of the message schedule, in the place of word t - 16. */
#define NEXT(w0, w1, w9, w14)                                                                                          \
    do                                                                                                                 \
    {                                                                                                                  \
        (w0) += two_rotations(w1, 7, 18) ^ (w1) >> 3;                                                                  \
        (w0) += (w9);                                                                                                  \
        (w0) += two_rotations(w14, 17, 19) ^ (w14) >> 10;                                                              \
    } while (0)

/* At the end of a function: the register of its return address is one more that gcc may use. */
#if defined(__riscv)
#define RETURN_ADDRESS_IS_SAVED __asm__ volatile("" : : : "ra")
#else
#define RETURN_ADDRESS_IS_SAVED ((void)0)
#endif

/* Runs n blocks, 1 or more, given as 64 bytes each or as 16 words each, aligned. */
static void run(uint32_t out[8], const uint32_t state[8], const uint8_t *in, size_t n, int are_words)
{
    do
    {
        uint32_t w0 = load32_le_aligned(in + 0);
        uint32_t w1 = load32_le_aligned(in + 4);
        uint32_t w2 = load32_le_aligned(in + 8);
        uint32_t w3 = load32_le_aligned(in + 12);
        uint32_t w4 = load32_le_aligned(in + 16);
        uint32_t w5 = load32_le_aligned(in + 20);
        uint32_t w6 = load32_le_aligned(in + 24);
        uint32_t w7 = load32_le_aligned(in + 28);
        uint32_t w8 = load32_le_aligned(in + 32);
        uint32_t w9 = load32_le_aligned(in + 36);
        uint32_t w10 = load32_le_aligned(in + 40);
        uint32_t w11 = load32_le_aligned(in + 44);
        uint32_t w12 = load32_le_aligned(in + 48);
        uint32_t w13 = load32_le_aligned(in + 52);
        uint32_t w14 = load32_le_aligned(in + 56);
        uint32_t w15 = load32_le_aligned(in + 60);
        if (!are_words)
        {
            w0 = swap_bytes(w0);
            w1 = swap_bytes(w1);
            w2 = swap_bytes(w2);
            w3 = swap_bytes(w3);
            w4 = swap_bytes(w4);
            w5 = swap_bytes(w5);
            w6 = swap_bytes(w6);
            w7 = swap_bytes(w7);
            w8 = swap_bytes(w8);
            w9 = swap_bytes(w9);
            w10 = swap_bytes(w10);
            w11 = swap_bytes(w11);
            w12 = swap_bytes(w12);
            w13 = swap_bytes(w13);
            w14 = swap_bytes(w14);
            w15 = swap_bytes(w15);
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        uint32_t x = b ^ c;
        for (const uint32_t *k = round_constants;;)
        {
            ROUND(a, b, c, d, e, f, g, h, 0);
            ROUND(h, a, b, c, d, e, f, g, 1);
            ROUND(g, h, a, b, c, d, e, f, 2);
            ROUND(f, g, h, a, b, c, d, e, 3);
            ROUND(e, f, g, h, a, b, c, d, 4);
            ROUND(d, e, f, g, h, a, b, c, 5);
            ROUND(c, d, e, f, g, h, a, b, 6);
            ROUND(b, c, d, e, f, g, h, a, 7);
            ROUND(a, b, c, d, e, f, g, h, 8);
            ROUND(h, a, b, c, d, e, f, g, 9);
            ROUND(g, h, a, b, c, d, e, f, 10);
            ROUND(f, g, h, a, b, c, d, e, 11);
            ROUND(e, f, g, h, a, b, c, d, 12);
            ROUND(d, e, f, g, h, a, b, c, 13);
            ROUND(c, d, e, f, g, h, a, b, 14);
            ROUND(b, c, d, e, f, g, h, a, 15);
            k += 16;
            if (k == round_constants + 64)
                break;
            NEXT(w0, w1, w9, w14);
            NEXT(w1, w2, w10, w15);
            NEXT(w2, w3, w11, w0);
            NEXT(w3, w4, w12, w1);
            NEXT(w4, w5, w13, w2);
            NEXT(w5, w6, w14, w3);
            NEXT(w6, w7, w15, w4);
            NEXT(w7, w8, w0, w5);
            NEXT(w8, w9, w1, w6);
            NEXT(w9, w10, w2, w7);
            NEXT(w10, w11, w3, w8);
            NEXT(w11, w12, w4, w9);
            NEXT(w12, w13, w5, w10);
            NEXT(w13, w14, w6, w11);
            NEXT(w14, w15, w7, w12);
            NEXT(w15, w0, w8, w13);
        }
        out[0] = state[0] + a;
        out[1] = state[1] + b;
        out[2] = state[2] + c;
        out[3] = state[3] + d;
        out[4] = state[4] + e;
        out[5] = state[5] + f;
        out[6] = state[6] + g;
        out[7] = state[7] + h;
        state = out;
        in += 64;
    } while (--n != 0);
    RETURN_ADDRESS_IS_SAVED;
}

void spt_sha256_block(uint32_t out[8], const uint32_t state[8], const uint32_t block[16])
{
    run(out, state, (const uint8_t *)block, 1, 1);
}

void spt_sha256_blocks(uint32_t out[8], const uint32_t state[8], const uint8_t *in, size_t n)
{
    run(out, state, in, n, 0);
}
