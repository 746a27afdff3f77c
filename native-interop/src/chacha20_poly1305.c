/* The AEAD of RFC 8439 2.8. */
#include "internal.h"

#define LIMIT (((uint64_t)1 << 38) - 64)

/* The one-time key comes from block 0, which leaves `state` at block 1. */
static void begin(poly1305 *p, uint32_t state[16], const uint8_t key[32], const uint8_t nonce[12])
{
    uint32_t first[16] = {0};
    spt_chacha20_set(state, key, nonce, 0);
    spt_chacha20_xor(state, (uint8_t *)first, (uint8_t *)first, sizeof first);
    spt_poly1305_start(p, (uint8_t *)first);
    spt_wipe(first, sizeof first);
}

static void tag_of(uint8_t tag[16], poly1305 *p, const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext,
                   size_t n)
{
    uint8_t lengths[16];
    store32_le(lengths, (uint32_t)aad_len);
    store32_le(lengths + 4, (uint32_t)((uint64_t)aad_len >> 32));
    store32_le(lengths + 8, (uint32_t)n);
    store32_le(lengths + 12, (uint32_t)((uint64_t)n >> 32));
    spt_poly1305_update(p, aad, aad_len);
    spt_poly1305_update(p, ciphertext, n);
    spt_poly1305_update(p, lengths, sizeof lengths);
    spt_poly1305_end(p, tag);
}

static OWN_FRAME void encrypt_then_tag(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32],
                                       const uint8_t nonce[12], const uint8_t *aad, size_t aad_len,
                                       const uint8_t *plaintext, size_t n)
{
    poly1305 p;
    uint32_t state[16];
    begin(&p, state, key, nonce);
    spt_chacha20_xor(state, ciphertext, plaintext, n);
    tag_of(tag, &p, aad, aad_len, ciphertext, n);
    spt_wipe(state, sizeof state);
}

int spt_chacha20_poly1305_seal(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32], const uint8_t nonce[12],
                               const uint8_t *aad, size_t aad_len, const uint8_t *plaintext, size_t n)
{
    if (is_above(n, LIMIT))
    {
        spt_wipe(ciphertext, n);
        spt_wipe(tag, 16);
        return SPT_E_ARGUMENT;
    }
    encrypt_then_tag(ciphertext, tag, key, nonce, aad, aad_len, plaintext, n);
    spt_wipe_stack();
    return 0;
}

/* Writes to plaintext only once the tag has been found to fit. */
static OWN_FRAME int verify_then_decrypt(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12],
                                         const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                         const uint8_t tag[16])
{
    if (is_above(n, LIMIT))
        return SPT_E_ARGUMENT;
    poly1305 p;
    uint32_t state[16];
    uint8_t expected[16];
    begin(&p, state, key, nonce);
    tag_of(expected, &p, aad, aad_len, ciphertext, n);
    uint32_t fits = ct_reveal((uint32_t)spt_constant_time_equal(expected, tag, sizeof expected));
    if (fits != 0)
        spt_chacha20_xor(state, plaintext, ciphertext, n);
    spt_wipe(state, sizeof state);
    spt_wipe(expected, sizeof expected);
    return fits != 0 ? 0 : SPT_E_TAG;
}

int spt_chacha20_poly1305_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad,
                               size_t aad_len, const uint8_t *ciphertext, size_t n, const uint8_t tag[16])
{
    int result = verify_then_decrypt(plaintext, key, nonce, aad, aad_len, ciphertext, n, tag);
    if (result != 0)
        spt_wipe(plaintext, n);
    spt_wipe_stack();
    return result;
}

int spt_chacha20_poly1305_open_in_place(uint8_t *data, const uint8_t key[32], const uint8_t nonce[12],
                                        const uint8_t *aad, size_t aad_len, size_t n, const uint8_t tag[16])
{
    int result = verify_then_decrypt(data, key, nonce, aad, aad_len, data, n, tag);
    spt_wipe_stack();
    return result;
}
