/* The AEAD of RFC 8439 2.8. */
#include "internal.h"

#define LIMIT (((uint64_t)1 << 38) - 64)
#define STACK 320 /* of the functions called */

/* The one-time key comes from block 0, which leaves c at block 1. */
static OWN_FRAME void begin(poly1305 *p, chacha20 *c, const uint8_t key[32], const uint8_t nonce[12])
{
    uint32_t first[16] = {0};
    spt_chacha20_set(c, key, nonce, 0);
    spt_chacha20_xor(c, (uint8_t *)first, (uint8_t *)first, sizeof first);
    spt_poly1305_start(p, (uint8_t *)first);
    spt_wipe(first, sizeof first);
}

static OWN_FRAME void tag_of(uint8_t tag[16], poly1305 *p, const uint8_t *aad, size_t aad_len,
                             const uint8_t *ciphertext, size_t n)
{
    const uint64_t lengths[2] = {aad_len, n};
    spt_poly1305_update(p, aad, aad_len);
    spt_poly1305_update(p, ciphertext, n);
    spt_poly1305_update(p, (const uint8_t *)lengths, sizeof lengths);
    spt_poly1305_end(p, tag);
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
    poly1305 p;
    chacha20 c;
    begin(&p, &c, key, nonce);
    spt_chacha20_xor(&c, ciphertext, plaintext, n);
    tag_of(tag, &p, aad, aad_len, ciphertext, n);
    spt_wipe(&c, sizeof c);
    spt_wipe_stack(STACK);
    return 0;
}

int spt_chacha20_poly1305_open_if(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12],
                                  const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                  const uint8_t tag[16])
{
    if (is_above(n, LIMIT))
        return SPT_E_ARGUMENT;
    poly1305 p;
    chacha20 c;
    uint8_t expected[16];
    begin(&p, &c, key, nonce);
    tag_of(expected, &p, aad, aad_len, ciphertext, n);
    uint32_t fits = ct_reveal((uint32_t)spt_constant_time_equal(expected, tag, sizeof expected));
    if (fits != 0)
        spt_chacha20_xor(&c, plaintext, ciphertext, n);
    spt_wipe(&c, sizeof c);
    spt_wipe(expected, sizeof expected);
    spt_wipe_stack(STACK);
    return fits != 0 ? 0 : SPT_E_TAG;
}

int spt_chacha20_poly1305_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad,
                               size_t aad_len, const uint8_t *ciphertext, size_t n, const uint8_t tag[16])
{
    int result = spt_chacha20_poly1305_open_if(plaintext, key, nonce, aad, aad_len, ciphertext, n, tag);
    if (result != 0)
        spt_wipe(plaintext, n);
    return result;
}
