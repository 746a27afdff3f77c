#include "aead_open.h"

static int seal(uint8_t *c, uint8_t *t, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                size_t aad_len, const uint8_t *p, size_t n)
{
    int result = spt_aes256_gcm_seal(c, t, key, iv, iv_len, aad, aad_len, p, n);
    must((result == 0) == (iv_len != 0));
    return result;
}

static int open(uint8_t *p, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad, size_t aad_len,
                const uint8_t *c, size_t n, const uint8_t *t)
{
    return spt_aes256_gcm_open(p, key, iv, iv_len, aad, aad_len, c, n, t);
}
