/* AES-256-GCM (NIST SP 800-38D), 16-byte tags. */
#include "internal.h"

#define LIMIT (((uint64_t)1 << 36) - 32)

/* --- GHASH: products of polynomials over GF(2), modulo x^128 + x^7 + x^2 + x + 1 --- */

/* A block as four words, the first of the block's bytes in word 3. So bit 127 is the coefficient of x^0. */
typedef struct
{
    uint32_t h[9]; /* the hash key's words 0 to 3, and the sums that Karatsuba's products take */
    uint32_t y[4];
} ghash;

/* Every fourth bit: at most eight products meet at one place of an integer product, and their sum, below 16, does not
 * reach the next place. Its lowest bit is the sum over GF(2). */
#define EVERY_FOURTH ((uint32_t)0x11111111)

/* a * b without carries. */
static uint64_t product(uint32_t a, uint32_t b)
{
    const uint64_t every_fourth = (uint64_t)EVERY_FOURTH << 32 | EVERY_FOURTH;
    uint32_t a0 = a & EVERY_FOURTH, a1 = a & EVERY_FOURTH << 1, a2 = a & EVERY_FOURTH << 2, a3 = a & EVERY_FOURTH << 3;
    uint32_t b0 = b & EVERY_FOURTH, b1 = b & EVERY_FOURTH << 1, b2 = b & EVERY_FOURTH << 2, b3 = b & EVERY_FOURTH << 3;
    uint64_t c0 = (uint64_t)a0 * b0 ^ (uint64_t)a1 * b3 ^ (uint64_t)a2 * b2 ^ (uint64_t)a3 * b1;
    uint64_t c1 = (uint64_t)a0 * b1 ^ (uint64_t)a1 * b0 ^ (uint64_t)a2 * b3 ^ (uint64_t)a3 * b2;
    uint64_t c2 = (uint64_t)a0 * b2 ^ (uint64_t)a1 * b1 ^ (uint64_t)a2 * b0 ^ (uint64_t)a3 * b3;
    uint64_t c3 = (uint64_t)a0 * b3 ^ (uint64_t)a1 * b2 ^ (uint64_t)a2 * b1 ^ (uint64_t)a3 * b0;
    return (c0 & every_fourth) | (c1 & every_fourth << 1) | (c2 & every_fourth << 2) | (c3 & every_fourth << 3);
}

/* r = (a1 a0) * (b1 b0), three products for four; b2 = b0 ^ b1. */
static void product_64(uint32_t r[4], uint32_t a0, uint32_t a1, uint32_t b0, uint32_t b1, uint32_t b2)
{
    uint64_t low = product(a0, b0), high = product(a1, b1), middle = product(a0 ^ a1, b2) ^ low ^ high;
    r[0] = (uint32_t)low;
    r[1] = (uint32_t)(low >> 32) ^ (uint32_t)middle;
    r[2] = (uint32_t)high ^ (uint32_t)(middle >> 32);
    r[3] = (uint32_t)(high >> 32);
}

static void ghash_start(ghash *g, const uint32_t key[4])
{
    uint32_t *h = g->h;
    for (unsigned i = 0; i < 4; i++)
        h[i] = swap_bytes(key[3 - i]);
    h[4] = h[0] ^ h[1];
    h[5] = h[2] ^ h[3];
    h[6] = h[0] ^ h[2];
    h[7] = h[1] ^ h[3];
    h[8] = h[6] ^ h[7];
    memset(g->y, 0, sizeof g->y);
}

/* y = (y + block) h */
static void ghash_block(ghash *g, const uint8_t in[16])
{
    const uint32_t *h = g->h;
    uint32_t *y = g->y;
    uint32_t low[4], middle[4], z[8];
#pragma GCC unroll 8
    for (unsigned i = 0; i < 4; i++)
        y[i] ^= load32_be(in + 12 - 4 * i);

    product_64(low, y[0], y[1], h[0], h[1], h[4]);
    product_64(z + 4, y[2], y[3], h[2], h[3], h[5]);
    product_64(middle, y[0] ^ y[2], y[1] ^ y[3], h[6], h[7], h[8]);
    z[0] = low[0];
    z[1] = low[1];
#pragma GCC unroll 8
    for (unsigned i = 0; i < 4; i++)
        middle[i] ^= low[i] ^ z[4 + i];
    z[2] = low[2] ^ middle[0];
    z[3] = low[3] ^ middle[1];
    z[4] ^= middle[2];
    z[5] ^= middle[3];

    /* The product of two reflected polynomials stands one bit low. */
#pragma GCC unroll 8
    for (unsigned i = 7; i != 0; i--)
        z[i] = z[i] << 1 | z[i - 1] >> 31;
    z[0] <<= 1;

    /* Words 0 to 3 are x^128 and above, the highest powers first: x^128 = x^7 + x^2 + x + 1. */
#pragma GCC unroll 8
    for (unsigned i = 0; i < 4; i++)
    {
        uint32_t x = z[i];
        z[i + 4] ^= x ^ x >> 1 ^ x >> 2 ^ x >> 7;
        z[i + 3] ^= x << 31 ^ x << 30 ^ x << 25;
    }
    memcpy(y, z + 4, 16);
}

/* What misses of the last 16 bytes counts as zeros. */
static void ghash_update(ghash *g, const uint8_t *in, size_t n)
{
    for (; n >= 16; n -= 16, in += 16)
        ghash_block(g, in);
    if (n != 0)
    {
        uint8_t last[16] = {0};
        memcpy(last, in, n);
        ghash_block(g, last);
        spt_wipe(last, sizeof last);
    }
}

/* The block of the two lengths, in bits, and the result. */
static void ghash_end(ghash *g, uint8_t out[16], size_t first, size_t second)
{
    uint8_t lengths[16];
    store64_be(lengths, (uint64_t)first << 3);
    store64_be(lengths + 8, (uint64_t)second << 3);
    ghash_block(g, lengths);
    for (unsigned i = 0; i < 4; i++)
        store32_be(out + 12 - 4 * i, g->y[i]);
}

/* --- GCM --- */

/* Counters and stream are words whose bytes come lowest first; a counter's last word is big-endian. */
typedef struct
{
    aes256 aes;
    ghash hash;
    uint32_t counters[8]; /* the next two counter blocks */
    uint32_t stream[8];   /* key stream: at first that of the tag and of the first 16 bytes */
} gcm;

/* The stream of the two counters, which then move on. */
static void next_stream(gcm *g)
{
    spt_aes256_encrypt_two(&g->aes, g->stream, g->counters);
    g->counters[3] = swap_bytes(swap_bytes(g->counters[3]) + 2);
    g->counters[7] = swap_bytes(swap_bytes(g->counters[7]) + 2);
}

static void begin(gcm *g, const uint8_t key[32], const uint8_t *iv, size_t iv_len)
{
    uint8_t first[16] = {0};
    spt_aes256_set(&g->aes, key);
    memset(g->counters, 0, sizeof g->counters);
    spt_aes256_encrypt_two(&g->aes, g->stream, g->counters);
    ghash_start(&g->hash, g->stream);
    if (iv_len == 12)
    {
        memcpy(first, iv, 12);
        first[15] = 1;
    }
    else
    {
        ghash_update(&g->hash, iv, iv_len);
        ghash_end(&g->hash, first, 0, iv_len);
        memset(g->hash.y, 0, sizeof g->hash.y);
    }
    for (unsigned i = 0; i < 4; i++)
        g->counters[i] = g->counters[4 + i] = load32_le(first + 4 * i);
    g->counters[7] = swap_bytes(swap_bytes(g->counters[7]) + 1);
    next_stream(g);
}

static void tag_of(uint8_t tag[16], gcm *g, const uint32_t mask[4], const uint8_t *aad, size_t aad_len,
                   const uint8_t *ciphertext, size_t n)
{
    ghash_update(&g->hash, aad, aad_len);
    ghash_update(&g->hash, ciphertext, n);
    ghash_end(&g->hash, tag, aad_len, n);
    for (unsigned i = 0; i < 4; i++)
        store32_le(tag + 4 * i, load32_le(tag + 4 * i) ^ mask[i]);
}

/* XORs the stream from its byte 16 on. */
static void crypt(gcm *g, uint8_t *out, const uint8_t *in, size_t n)
{
    int aligned = is_aligned(out) && is_aligned(in);
    for (size_t at = 16; n != 0; at = 0)
    {
        if (at == 0)
            next_stream(g);
        size_t part = 32 - at < n ? 32 - at : n, i = 0;
        if (aligned)
            for (; i + 4 <= part; i += 4)
                store32_le_aligned(out + i, load32_le_aligned(in + i) ^ g->stream[(at + i) / 4]);
        for (; i < part; i++)
            out[i] = (uint8_t)(in[i] ^ g->stream[(at + i) / 4] >> 8 * (i % 4));
        out += part;
        in += part;
        n -= part;
    }
}

static int arguments_fit(size_t iv_len, size_t n)
{
    return iv_len != 0 && !is_above(n, LIMIT);
}

static OWN_FRAME void encrypt_then_tag(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32], const uint8_t *iv,
                                       size_t iv_len, const uint8_t *aad, size_t aad_len, const uint8_t *plaintext,
                                       size_t n)
{
    gcm g;
    uint32_t mask[4];
    begin(&g, key, iv, iv_len);
    memcpy(mask, g.stream, sizeof mask);
    crypt(&g, ciphertext, plaintext, n);
    tag_of(tag, &g, mask, aad, aad_len, ciphertext, n);
    spt_wipe(&g, sizeof g);
    spt_wipe(mask, sizeof mask);
}

static OWN_FRAME int verify_then_decrypt(uint8_t *plaintext, const uint8_t key[32], const uint8_t *iv, size_t iv_len,
                                         const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                         const uint8_t tag[16])
{
    gcm g;
    uint8_t expected[16];
    begin(&g, key, iv, iv_len);
    tag_of(expected, &g, g.stream, aad, aad_len, ciphertext, n);
    uint32_t fits = ct_reveal((uint32_t)spt_constant_time_equal(expected, tag, sizeof expected));
    if (fits != 0)
        crypt(&g, plaintext, ciphertext, n);
    spt_wipe(&g, sizeof g);
    spt_wipe(expected, sizeof expected);
    return fits != 0 ? 0 : SPT_E_TAG;
}

int spt_aes256_gcm_seal(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32], const uint8_t *iv, size_t iv_len,
                        const uint8_t *aad, size_t aad_len, const uint8_t *plaintext, size_t n)
{
    if (!arguments_fit(iv_len, n))
    {
        spt_wipe(ciphertext, n);
        spt_wipe(tag, 16);
        return SPT_E_ARGUMENT;
    }
    encrypt_then_tag(ciphertext, tag, key, iv, iv_len, aad, aad_len, plaintext, n);
    spt_wipe_stack(1152);
    return 0;
}

int spt_aes256_gcm_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                        size_t aad_len, const uint8_t *ciphertext, size_t n, const uint8_t tag[16])
{
    int result = SPT_E_ARGUMENT;
    if (arguments_fit(iv_len, n))
        result = verify_then_decrypt(plaintext, key, iv, iv_len, aad, aad_len, ciphertext, n, tag);
    if (result != 0)
        spt_wipe(plaintext, n);
    spt_wipe_stack(1152);
    return result;
}
