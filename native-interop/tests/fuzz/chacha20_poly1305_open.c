#include "aead_open.h"

static void nonce_of(uint8_t nonce[12], const uint8_t *iv, size_t iv_len)
{
    memset(nonce, 0, 12);
    memcpy(nonce, iv, iv_len < 12 ? iv_len : 12);
}

static int seal(uint8_t *c, uint8_t *t, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                size_t aad_len, const uint8_t *p, size_t n)
{
    uint8_t nonce[12];
    nonce_of(nonce, iv, iv_len);
    return spt_chacha20_poly1305_seal(c, t, key, nonce, aad, aad_len, p, n);
}

static int open(uint8_t *p, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad, size_t aad_len,
                const uint8_t *c, size_t n, const uint8_t *t)
{
    uint8_t nonce[12];
    nonce_of(nonce, iv, iv_len);
    return spt_chacha20_poly1305_open(p, key, nonce, aad, aad_len, c, n, t);
}
