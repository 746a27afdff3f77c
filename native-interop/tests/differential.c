/*
 * Every primitive against OpenSSL's on random and edge inputs: differential [COUNT [SEED]], COUNT rounds of each.
 */
#include "harness.h"
#include "springtail_crypto.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 700

static uint64_t seed;
static uint8_t key[160], salt[160], info[160], message[MOST], ours[MOST + 16], theirs[MOST + 16];

/* 0 to most, often at the edges of a block. */
static size_t length(size_t most)
{
    uint64_t r = random_next(&seed);
    size_t n = r % 4 != 0 ? r / 4 % (most + 1) : r / 4 % 12 * 16 + r / 64 % 3;
    return n > most ? most : n == 0 && r % 8 == 0 ? 0 : n;
}

/* Random bytes; every eighth time of few different values, so that carries and long runs of ones come up. */
static void fill(uint8_t *p, size_t n)
{
    random_fill(&seed, p, n);
    uint64_t r = random_next(&seed);
    if (r % 8 == 0)
        for (size_t i = 0; i < n; i++)
            p[i] = (r >> 8 >> p[i] % 16 & 1) != 0 ? 0xff : 0;
}

static void compare(size_t n, const char *what, unsigned long round)
{
    check(memcmp(ours, theirs, n) == 0, what, round);
}

static void hashes(unsigned long i)
{
    size_t key_len = length(sizeof key), salt_len = length(sizeof salt), info_len = length(sizeof info);
    size_t n = length(MOST), out_len = 1 + length(300);
    fill(key, key_len);
    fill(salt, salt_len);
    fill(info, info_len);
    fill(message, n);

    spt_sha256(ours, message, n);
    SHA256(message, n, theirs);
    compare(32, "SHA-256", i);

    spt_hmac_sha256(ours, key, key_len, message, n);
    HMAC(EVP_sha256(), key, (int)key_len, message, n, theirs, NULL);
    compare(32, "HMAC", i);

    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, key_len),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, salt_len),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, info_len),
                               OSSL_PARAM_construct_end()};
    int theirs_fine = EVP_KDF_derive(c, theirs, out_len, parameters) == 1;
    check(spt_hkdf_sha256(ours, out_len, salt, salt_len, key, key_len, info, info_len) == 0, "HKDF", i);
    if (theirs_fine) /* OpenSSL 3.0 refuses an empty key */
        compare(out_len, "HKDF", i);
    EVP_KDF_CTX_free(c);
    EVP_KDF_free(kdf);

    uint32_t iterations = 1 + (uint32_t)(random_next(&seed) % 20);
    PKCS5_PBKDF2_HMAC((const char *)key, (int)key_len, salt, (int)salt_len, (int)iterations, EVP_sha256(), (int)out_len,
                      theirs);
    check(spt_pbkdf2_hmac_sha256(ours, out_len, key, key_len, salt, salt_len, iterations) == 0, "PBKDF2", i);
    compare(out_len, "PBKDF2", i);
    spt_pbkdf2_context context;
    memset(ours, 0, sizeof ours);
    int result = spt_pbkdf2_start(&context, key, key_len, salt, salt_len, iterations);
    if (result == 0)
        while ((result = spt_pbkdf2_step(&context, ours, out_len, 1 + (uint32_t)(random_next(&seed) % 30))) == SPT_MORE)
            continue;
    check(result == 0, "PBKDF2 in steps", i);
    compare(out_len, "PBKDF2 in steps", i);
    spt_pbkdf2_finish(&context);
}

static void stream(unsigned long i)
{
    uint8_t iv[16];
    size_t n = length(MOST);
    int got;
    fill(key, 32);
    fill(iv, sizeof iv);
    fill(message, n);
    uint32_t counter = (uint32_t)iv[3] << 24 | (uint32_t)iv[2] << 16 | (uint32_t)iv[1] << 8 | iv[0];
    if (counter > 0xffffff00)
        return; /* OpenSSL carries into the nonce when the counter wraps */
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, iv);
    EVP_EncryptUpdate(c, theirs, &got, message, (int)n);
    EVP_CIPHER_CTX_free(c);
    spt_chacha20(ours, message, n, key, iv + 4, counter);
    compare(n, "ChaCha20", i);
}

static void aead(unsigned long i, int gcm)
{
    uint8_t iv[64];
    size_t iv_len = gcm ? 1 + length(sizeof iv - 1) : 12, aad_len = length(sizeof info), n = length(MOST);
    const char *what = gcm ? "AES-256-GCM" : "ChaCha20-Poly1305";
    int got;
    fill(key, 32);
    fill(iv, iv_len);
    fill(info, aad_len);
    fill(message, n);

    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, gcm ? EVP_aes_256_gcm() : EVP_chacha20_poly1305(), NULL, NULL, NULL);
    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_len, NULL);
    EVP_EncryptInit_ex(c, NULL, NULL, key, iv);
    if (aad_len != 0)
        EVP_EncryptUpdate(c, NULL, &got, info, (int)aad_len);
    if (n != 0)
        EVP_EncryptUpdate(c, theirs, &got, message, (int)n);
    EVP_EncryptFinal_ex(c, theirs + n, &got);
    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, theirs + n);
    EVP_CIPHER_CTX_free(c);

    int result = gcm ? spt_aes256_gcm_seal(ours, ours + n, key, iv, iv_len, info, aad_len, message, n)
                     : spt_chacha20_poly1305_seal(ours, ours + n, key, iv, info, aad_len, message, n);
    check(result == 0, what, i);
    compare(n + 16, what, i);
    result = gcm ? spt_aes256_gcm_open(ours, key, iv, iv_len, info, aad_len, theirs, n, theirs + n)
                 : spt_chacha20_poly1305_open(ours, key, iv, info, aad_len, theirs, n, theirs + n);
    check(result == 0 && memcmp(ours, message, n) == 0, what, i);

    theirs[random_next(&seed) % (n + 16)] ^= (uint8_t)(1 << random_next(&seed) % 8);
    result = gcm ? spt_aes256_gcm_open(ours, key, iv, iv_len, info, aad_len, theirs, n, theirs + n)
                 : spt_chacha20_poly1305_open(ours, key, iv, info, aad_len, theirs, n, theirs + n);
    memset(theirs, 0, n);
    check(result == SPT_E_TAG && memcmp(ours, theirs, n) == 0, "altered", i);
}

static void x25519(unsigned long i)
{
    uint8_t scalar[32], point[32], public_key[32];
    static const uint8_t base_point[32] = {9};
    size_t n = 32;
    fill(scalar, 32);
    fill(point, 32);

    EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, 32);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(mine, NULL);
    EVP_PKEY_derive_init(c);
    EVP_PKEY_derive_set_peer(c, peer);
    int fine = EVP_PKEY_derive(c, theirs, &n) == 1;
    check(spt_x25519_shared(ours, scalar, point) == (fine ? 0 : SPT_E_KEY), "X25519", i);
    if (fine)
        compare(32, "X25519", i);
    EVP_PKEY_get_raw_public_key(mine, theirs, &n);
    spt_x25519(public_key, scalar, base_point);
    check(memcmp(public_key, theirs, 32) == 0, "X25519, public", i);
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(mine);
}

static void p256(unsigned long i)
{
    static EC_GROUP *group;
    if (group == NULL)
        group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    uint8_t private_key[32], public_key[65], other[32], bytes[65];
    BIGNUM *k, *m;
    const BIGNUM *order = EC_GROUP_get0_order(group);

    fill(private_key, 32);
    k = BN_bin2bn(private_key, 32, NULL);
    if (i % 4 == 0)
    {
        /* close to 0, or to n from below and above */
        BN_set_word(k, random_next(&seed) % 70);
        if (i % 8 == 0)
            BN_sub(k, order, k);
        if (i % 16 == 0)
            BN_add_word(k, 3);
        BN_bn2binpad(k, private_key, 32);
    }
    int valid = !BN_is_zero(k) && BN_cmp(k, order) < 0;
    EC_POINT *p = EC_POINT_new(group), *q = EC_POINT_new(group);
    int result = spt_p256_public(ours, private_key);
    check(result == (valid ? 0 : SPT_E_KEY), "P-256, private key", i);
    if (valid)
    {
        EC_POINT_mul(group, p, k, NULL, NULL, NULL);
        EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, theirs, 65, NULL);
        check(memcmp(ours, theirs + 1, 64) == 0, "P-256, public", i);
    }

    /* The other side: a point, or every eighth time random bytes, or a point with one bit altered. */
    fill(other, 32);
    m = BN_bin2bn(other, 32, NULL);
    EC_POINT_mul(group, q, m, NULL, NULL, NULL);
    memset(public_key, 0, sizeof public_key);
    if (EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, public_key, 65, NULL) != 65)
        public_key[0] = 4;
    if (i % 8 == 7)
        fill(public_key + 1, 64);
    if (i % 8 == 3)
        public_key[1 + random_next(&seed) % 64] ^= (uint8_t)(1 << random_next(&seed) % 8);
    int on_curve = EC_POINT_oct2point(group, q, public_key, 65, NULL) == 1;
    result = spt_p256_shared(ours, private_key, public_key + 1);
    check(result == (valid && on_curve ? 0 : SPT_E_KEY), "P-256, other public key", i);
    if (valid && on_curve)
    {
        EC_POINT_mul(group, p, NULL, q, k, NULL);
        EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, bytes, 65, NULL);
        memcpy(theirs, bytes + 1, 32);
        compare(32, "P-256, shared", i);
    }
    EC_POINT_free(p);
    EC_POINT_free(q);
    BN_free(k);
    BN_free(m);
}

static void append_part(EVP_MD_CTX *c, const uint8_t *part, size_t n)
{
    uint8_t size[8] = {(uint8_t)n};
    EVP_DigestUpdate(c, size, sizeof size);
    EVP_DigestUpdate(c, part, n);
}

/* r = x G + w T with the point T of hex */
static void blinded(const EC_GROUP *group, EC_POINT *r, const BIGNUM *x, const BIGNUM *w, const char *hex)
{
    EC_POINT *t = EC_POINT_hex2point(group, hex, NULL, NULL);
    EC_POINT_mul(group, r, x, t, w, NULL);
    EC_POINT_free(t);
}

static void spake2(unsigned long i)
{
    static const char *const points[] = {"02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f",
                                         "03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49"};
    static EC_GROUP *group;
    if (group == NULL)
        group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    uint8_t wide[40], w[32], private_keys[2][32], shares[2][65], point[65];
    size_t client_len = length(30), server_len = length(30);
    fill(wide, sizeof wide);
    if (i % 4 == 0)
        memset(wide, i % 8 == 0 ? 0 : 0xff, 1 + random_next(&seed) % 38); /* close to 0, or to 2^320 */
    fill(info, client_len + server_len);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *scalar = BN_bin2bn(wide, sizeof wide, NULL), *k = BN_new();
    BN_mod(scalar, scalar, EC_GROUP_get0_order(group), context);
    BN_bn2binpad(scalar, theirs, 32);
    spt_spake2_scalar(w, wide);
    memcpy(ours, w, 32);
    compare(32, "SPAKE2, w", i);

    EC_POINT *p = EC_POINT_new(group), *blind = EC_POINT_new(group);
    for (int side = 0; side < 2; side++)
    {
        fill(private_keys[side], 32);
        private_keys[side][0] &= 0x7f;
        BN_bin2bn(private_keys[side], 32, k);
        blinded(group, p, k, scalar, points[side]);
        EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, shares[side], 65, NULL);
        check(spt_spake2_share(ours, w, private_keys[side], side) == 0 && memcmp(ours, shares[side] + 1, 64) == 0,
              "SPAKE2, share", i);
    }
    for (int side = 0; side < 2; side++)
    {
        BN_bin2bn(private_keys[side], 32, k);
        EC_POINT_oct2point(group, p, shares[1 - side], 65, NULL);
        blinded(group, blind, NULL, scalar, points[1 - side]);
        EC_POINT_invert(group, blind, NULL);
        EC_POINT_add(group, p, p, blind, NULL);
        EC_POINT_mul(group, p, NULL, p, k, NULL);
        EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, NULL);
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        EVP_DigestInit_ex(c, EVP_sha256(), NULL);
        append_part(c, info, client_len);
        append_part(c, info + client_len, server_len);
        append_part(c, shares[0], 65);
        append_part(c, shares[1], 65);
        append_part(c, point, 65);
        append_part(c, w, 32);
        EVP_DigestFinal_ex(c, theirs, NULL);
        EVP_MD_CTX_free(c);
        check(spt_spake2_key(ours, w, private_keys[side], shares[side] + 1, shares[1 - side] + 1, side, info,
                             client_len, info + client_len, server_len) == 0,
              "SPAKE2", i);
        compare(32, "SPAKE2, key", i);
    }
    EC_POINT_free(p);
    EC_POINT_free(blind);
    BN_free(scalar);
    BN_free(k);
    BN_CTX_free(context);
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20261121;
    printf("%lu rounds, seed %llu\n", count, (unsigned long long)seed);
    for (unsigned long i = 0; i < count; i++)
    {
        hashes(i);
        stream(i);
        aead(i, 0);
        aead(i, 1);
        x25519(i);
        p256(i);
        spake2(i);
    }
    return summary();
}
