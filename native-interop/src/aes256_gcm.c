/* AES-256-GCM (NIST SP 800-38D), 16-byte tags. */
#include "internal.h"

#define LIMIT (((uint64_t)1 << 36) - 32)
#define STACK 384 /* of the functions called */

/* --- GHASH: products of polynomials over GF(2), modulo x^128 + x^7 + x^2 + x + 1 --- */

/* A block as four words, the first of the block's bytes in word 3. So bit 127 is the coefficient of x^0. */
typedef struct
{
    uint32_t h[4]; /* the hash key */
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

/* r = (a1 a0) * (b1 b0), three products for four. */
static void product_64(uint32_t r[4], uint32_t a0, uint32_t a1, uint32_t b0, uint32_t b1)
{
    uint64_t low = product(a0, b0), high = product(a1, b1), middle = product(a0 ^ a1, b0 ^ b1) ^ low ^ high;
    r[0] = (uint32_t)low;
    r[1] = (uint32_t)(low >> 32) ^ (uint32_t)middle;
    r[2] = (uint32_t)high ^ (uint32_t)(middle >> 32);
    r[3] = (uint32_t)(high >> 32);
}

/* The words of the hash key, in their order in `key`'s bytes. */
static void ghash_start(ghash *g, const uint32_t key[4])
{
    uint32_t *h = g->h;
    for (unsigned i = 0; i < 4; i++)
        h[i] = swap_bytes(key[3 - i]);

    /* The product of two reflected polynomials stands one bit low, so the key is divided by x:
     * 1 / x = x^127 + x^6 + x + 1. */
    uint32_t one = ct_mask(h[3] >> 31);
    for (unsigned i = 3; i != 0; i--)
        h[i] = h[i] << 1 | h[i - 1] >> 31;
    h[0] = h[0] << 1 ^ (one & 1);
    h[3] ^= one & 0xc2000000;
    memset(g->y, 0, sizeof g->y);
}

/* y = y h */
static void ghash_multiply(ghash *g)
{
    const uint32_t *h = g->h;
    uint32_t *y = g->y;
    uint32_t middle[4], z[8];
    product_64(z, y[0], y[1], h[0], h[1]);
    product_64(z + 4, y[2], y[3], h[2], h[3]);
    product_64(middle, y[0] ^ y[2], y[1] ^ y[3], h[0] ^ h[2], h[1] ^ h[3]);
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++)
        middle[i] ^= z[i] ^ z[4 + i];
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++)
        z[2 + i] ^= middle[i];

    /* Words 0 to 3 are x^128 and above, the highest powers first: x^128 = x^7 + x^2 + x + 1. */
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
    while (n != 0)
    {
        size_t part = n < 16 ? n : 16;
        uint32_t block[4] = {0};
        memcpy(block, in, part);
#pragma GCC unroll 4
        for (unsigned i = 0; i < 4; i++)
            g->y[3 - i] ^= swap_bytes(block[i]);
        ghash_multiply(g);
        in += part;
        n -= part;
    }
}

/* The block of the two lengths, in bits, and the words that the result's bytes make, the lowest first. */
static void ghash_end(ghash *g, uint32_t out[4], uint64_t first, uint64_t second)
{
    g->y[3] ^= (uint32_t)(first >> 29);
    g->y[2] ^= (uint32_t)(first << 3);
    g->y[1] ^= (uint32_t)(second >> 29);
    g->y[0] ^= (uint32_t)(second << 3);
    ghash_multiply(g);
    for (unsigned i = 0; i < 4; i++)
        out[i] = swap_bytes(g->y[3 - i]);
}

/* --- GCM --- */

/* Words whose bytes come lowest first. Word c of the first and second of two blocks stand at 2c and 2c + 1. */
typedef struct
{
    ghash hash;
    uint32_t first[8];  /* the first counter block, twice */
    uint32_t counter;   /* the last word of the next one, as a number */
    uint32_t stream[8]; /* key stream: two blocks, of which the first one ever is for the tag */
    uint32_t mask[4];   /* that one */
    aes256 aes;
} gcm;

/* The stream of the next two counters. */
static void next_stream(gcm *g)
{
    memcpy(g->stream, g->first, sizeof g->stream);
    g->stream[6] = swap_bytes(g->counter);
    g->stream[7] = swap_bytes(g->counter + 1);
    g->counter += 2;
    spt_aes256_encrypt_two(&g->aes, g->stream);
}

static OWN_FRAME void begin(gcm *g, const uint8_t key[32], const uint8_t *iv, size_t iv_len)
{
    uint32_t first[4] = {0};
    spt_aes256_set(&g->aes, key);
    memset(g->stream, 0, sizeof g->stream);
    spt_aes256_encrypt_two(&g->aes, g->stream);
    for (unsigned i = 0; i < 4; i++)
        g->mask[i] = g->stream[2 * i];
    ghash_start(&g->hash, g->mask);
    if (iv_len == 12)
    {
        memcpy(first, iv, 12);
        first[3] = 0x01000000;
    }
    else
    {
        ghash_update(&g->hash, iv, iv_len);
        ghash_end(&g->hash, first, 0, iv_len);
        memset(g->hash.y, 0, sizeof g->hash.y);
    }
    for (unsigned i = 0; i < 4; i++)
        g->first[2 * i] = g->first[2 * i + 1] = first[i];
    g->counter = swap_bytes(first[3]);
    next_stream(g);
    for (unsigned i = 0; i < 4; i++)
        g->mask[i] = g->stream[2 * i];
}

static OWN_FRAME void tag_of(uint8_t tag[16], gcm *g, const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext,
                             size_t n)
{
    uint32_t words[4];
    ghash_update(&g->hash, aad, aad_len);
    ghash_update(&g->hash, ciphertext, n);
    ghash_end(&g->hash, words, aad_len, n);
    for (unsigned i = 0; i < 4; i++)
        store32_le(tag + 4 * i, words[i] ^ g->mask[i]);
    spt_wipe(words, sizeof words);
}

/* XORs the stream from its second block on. */
static OWN_FRAME void crypt(gcm *g, uint8_t *out, const uint8_t *in, size_t n)
{
    uint32_t block[4];
    for (unsigned second = 1; n != 0; second ^= 1)
    {
        if (second == 0)
            next_stream(g);
        size_t part = n < 16 ? n : 16;
        memcpy(block, in, part);
#pragma GCC unroll 4
        for (unsigned i = 0; i < 4; i++)
            block[i] ^= g->stream[2 * i + second];
        memcpy(out, block, part);
        in += part;
        out += part;
        n -= part;
    }
    spt_wipe(block, sizeof block);
}

static int arguments_fit(size_t iv_len, size_t n)
{
    return iv_len != 0 && !is_above(n, LIMIT);
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
    gcm g;
    begin(&g, key, iv, iv_len);
    crypt(&g, ciphertext, plaintext, n);
    tag_of(tag, &g, aad, aad_len, ciphertext, n);
    spt_wipe(&g, sizeof g);
    spt_wipe_stack(STACK);
    return 0;
}

int spt_aes256_gcm_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                        size_t aad_len, const uint8_t *ciphertext, size_t n, const uint8_t tag[16])
{
    int result = SPT_E_ARGUMENT;
    if (arguments_fit(iv_len, n))
    {
        gcm g;
        uint8_t expected[16];
        begin(&g, key, iv, iv_len);
        tag_of(expected, &g, aad, aad_len, ciphertext, n);
        result = SPT_E_TAG;
        if (ct_reveal((uint32_t)spt_constant_time_equal(expected, tag, sizeof expected)) != 0)
        {
            crypt(&g, plaintext, ciphertext, n);
            result = 0;
        }
        spt_wipe(&g, sizeof g);
        spt_wipe(expected, sizeof expected);
        spt_wipe_stack(STACK);
    }
    if (result != 0)
        spt_wipe(plaintext, n);
    return result;
}
