/* HMAC-SHA256 (RFC 2104) and HKDF (RFC 5869). */
#include "internal.h"

void spt_hmac_key_set(hmac_key *k, const uint8_t *key, size_t key_len)
{
    uint32_t block[16] = {0};
    uint8_t *bytes = (uint8_t *)block;
    if (key_len > sizeof block)
        spt_sha256(bytes, key, key_len);
    else
        copy(bytes, key, key_len);

    for (unsigned i = 0; i < 16; i++)
        block[i] ^= 0x36363636;
    spt_sha256_blocks(k->inner, spt_sha256_initial, bytes, 1);
    for (unsigned i = 0; i < 16; i++)
        block[i] ^= 0x36363636 ^ 0x5c5c5c5c;
    spt_sha256_blocks(k->outer, spt_sha256_initial, bytes, 1);
    spt_wipe(block, sizeof block);
}

void spt_hmac_start(sha256 *s, const hmac_key *k)
{
    spt_sha256_start(s, k->inner, 64);
}

void spt_hmac_block(uint32_t block[16], const uint32_t words[8])
{
    memcpy(block, words, 32);
    memset(block + 8, 0, 32);
    block[8] = 0x80000000;
    block[15] = (64 + 32) * 8;
}

void spt_hmac_end(sha256 *s, const hmac_key *k, uint8_t mac[32])
{
    uint32_t block[16];
    spt_sha256_finish(s);
    spt_hmac_block(block, s->h);
    spt_sha256_block(block, k->outer, block);
    spt_store_words_be(mac, block);
    spt_wipe(s, sizeof *s);
    spt_wipe(block, sizeof block);
}

void spt_hmac_sha256(uint8_t out[32], const uint8_t *key, size_t key_len, const uint8_t *msg, size_t msg_len)
{
    hmac_key k;
    sha256 s;
    spt_hmac_key_set(&k, key, key_len);
    spt_hmac_start(&s, &k);
    spt_sha256_update(&s, msg, msg_len);
    spt_hmac_end(&s, &k, out);
    spt_wipe(&k, sizeof k);
    spt_wipe_stack(448);
}

int spt_hkdf_sha256(uint8_t *out, size_t out_len, const uint8_t *salt, size_t salt_len, const uint8_t *ikm,
                    size_t ikm_len, const uint8_t *info, size_t info_len)
{
    if (out_len > 255 * 32)
    {
        spt_wipe(out, out_len);
        return SPT_E_ARGUMENT;
    }
    hmac_key k;
    sha256 s;
    uint8_t t[32];
    spt_hmac_sha256(t, salt, salt_len, ikm, ikm_len);
    spt_hmac_key_set(&k, t, sizeof t);
    for (uint8_t number = 1; out_len != 0; number++)
    {
        spt_hmac_start(&s, &k);
        if (number != 1)
            spt_sha256_update(&s, t, sizeof t);
        spt_sha256_update(&s, info, info_len);
        spt_sha256_update(&s, &number, 1);
        spt_hmac_end(&s, &k, t);
        size_t part = out_len < sizeof t ? out_len : sizeof t;
        memcpy(out, t, part);
        out += part;
        out_len -= part;
    }
    spt_wipe(&k, sizeof k);
    spt_wipe(t, sizeof t);
    spt_wipe_stack(640);
    return 0;
}
