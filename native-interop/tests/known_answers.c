/* Every function of springtail_crypto.h against published answers, and its behaviour at the limits of its arguments. */
#include "harness.h"
#include "springtail_crypto.h"
#include "vectors.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

typedef struct
{
    uint8_t bytes[512];
    size_t n;
} text;

static text in[8];

static void load(const char *const *row, unsigned columns)
{
    for (unsigned i = 0; i < columns; i++)
        in[i].n = from_hex(in[i].bytes, sizeof in[i].bytes, row[i]);
}

static int is(const uint8_t *got, const text *expected)
{
    return memcmp(got, expected->bytes, expected->n) == 0;
}

static int is_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

static uint32_t number_of(const text *t)
{
    uint32_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n = n << 8 | t->bytes[i];
    return n;
}

static uint8_t out[512], tag[32];

static void test_sha256(int long_run)
{
    for (unsigned i = 0; i < COUNT(sha256_vectors); i++)
    {
        load(sha256_vectors[i], 2);
        spt_sha256(out, in[0].bytes, in[0].n);
        check(is(out, &in[1]), "SHA-256", i);
    }
    spt_sha256(out, NULL, 0);
    load(sha256_vectors[0], 2);
    check(is(out, &in[1]), "SHA-256 of NULL", 0);

    if (long_run)
    {
        static uint8_t many[1000000];
        memset(many, 'a', sizeof many);
        spt_sha256(out, many, sizeof many);
        from_hex(in[0].bytes, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        check(memcmp(out, in[0].bytes, 32) == 0, "SHA-256 of a million bytes", 0);
    }
}

static void test_hmac(void)
{
    for (unsigned i = 0; i < COUNT(hmac_vectors); i++)
    {
        load(hmac_vectors[i], 3);
        spt_hmac_sha256(out, in[0].bytes, in[0].n, in[1].bytes, in[1].n);
        check(is(out, &in[2]), "HMAC", i);
    }
}

static void test_hkdf(void)
{
    for (unsigned i = 0; i < COUNT(hkdf_vectors); i++)
    {
        load(hkdf_vectors[i], 4);
        int result = spt_hkdf_sha256(out, in[3].n, in[0].bytes, in[0].n, in[1].bytes, in[1].n, in[2].bytes, in[2].n);
        check(result == 0 && is(out, &in[3]), "HKDF", i);
    }
    static uint8_t most[255 * 32 + 1];
    check(spt_hkdf_sha256(most, sizeof most - 1, NULL, 0, NULL, 0, NULL, 0) == 0, "HKDF, longest output", 0);
    check(spt_hkdf_sha256(most, sizeof most, NULL, 0, NULL, 0, NULL, 0) == SPT_E_ARGUMENT, "HKDF, too long", 0);
    check(is_zero(most, sizeof most), "HKDF, too long, zeroed", 0);
    check(spt_hkdf_sha256(most, 0, NULL, 0, NULL, 0, NULL, 0) == 0, "HKDF, no output", 0);
}

static void test_pbkdf2(int long_run)
{
    for (unsigned i = 0; i < COUNT(pbkdf2_vectors) - !long_run; i++)
    {
        load(pbkdf2_vectors[i], 4);
        uint32_t iterations = number_of(&in[2]);
        int result = spt_pbkdf2_hmac_sha256(out, in[3].n, in[0].bytes, in[0].n, in[1].bytes, in[1].n, iterations);
        check(result == 0 && is(out, &in[3]), "PBKDF2", i);

        static const uint32_t steps[] = {1, 3, 4095, 4096, 4097};
        for (unsigned j = iterations < 10 ? 0 : 2; j < COUNT(steps); j++)
        {
            spt_pbkdf2_context c;
            memset(out, 0, sizeof out);
            result = spt_pbkdf2_start(&c, in[0].bytes, in[0].n, in[1].bytes, in[1].n, iterations);
            unsigned long calls = 0;
            if (result == 0)
                do
                    calls++;
                while ((result = spt_pbkdf2_step(&c, out, in[3].n, steps[j])) == SPT_MORE);
            check(result == 0 && is(out, &in[3]), "PBKDF2 in steps", i);
            unsigned long work = iterations * ((in[3].n + 31) / 32);
            check(calls >= (work + steps[j] - 1) / steps[j] && calls <= work / steps[j] + 1, "PBKDF2, work per step",
                  i);
            spt_pbkdf2_finish(&c);
            check(is_zero((const uint8_t *)&c, sizeof c), "PBKDF2, wiped", i);
        }
    }
    memset(out, 1, 32);
    check(spt_pbkdf2_hmac_sha256(out, 32, NULL, 0, NULL, 0, 0) == SPT_E_ARGUMENT && is_zero(out, 32),
          "PBKDF2 without iterations", 0);
    spt_pbkdf2_context c;
    check(spt_pbkdf2_start(&c, NULL, 0, NULL, 0, 0) == SPT_E_ARGUMENT, "PBKDF2 without iterations, in steps", 0);
    check(spt_pbkdf2_step(&c, out, 32, 1) == SPT_E_ARGUMENT && is_zero(out, 32), "PBKDF2, step of no start", 0);
}

static void test_chacha20(void)
{
    for (unsigned i = 0; i < COUNT(chacha20_vectors); i++)
    {
        load(chacha20_vectors[i], 5);
        uint32_t counter = number_of(&in[2]);
        spt_chacha20(out, in[3].bytes, in[3].n, in[0].bytes, in[1].bytes, counter);
        check(is(out, &in[4]), "ChaCha20", i);
        for (size_t n = 0; n < in[3].n; n++)
        {
            memcpy(out, in[3].bytes, in[3].n);
            spt_chacha20(out, out, n, in[0].bytes, in[1].bytes, counter);
            check(memcmp(out, in[4].bytes, n) == 0 && memcmp(out + n, in[3].bytes + n, in[3].n - n) == 0,
                  "ChaCha20 in place, part", n);
        }
    }
}

typedef int seal_function(uint8_t *, uint8_t *, const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t,
                          const uint8_t *, size_t);
typedef int open_function(uint8_t *, const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *,
                          size_t, const uint8_t *);

static int chacha_seal(uint8_t *c, uint8_t *t, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                       size_t aad_len, const uint8_t *p, size_t n)
{
    return iv_len == 12 ? spt_chacha20_poly1305_seal(c, t, key, iv, aad, aad_len, p, n) : SPT_E_ARGUMENT;
}

static int chacha_open(uint8_t *p, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                       size_t aad_len, const uint8_t *c, size_t n, const uint8_t *t)
{
    return iv_len == 12 ? spt_chacha20_poly1305_open(p, key, iv, aad, aad_len, c, n, t) : SPT_E_ARGUMENT;
}

/* The row is key, IV, additional data, message, ciphertext, tag. */
static void test_aead(const char *const *row, unsigned i, const char *name, seal_function *seal, open_function *open)
{
    load(row, 6);
    const text *key = &in[0], *iv = &in[1], *aad = &in[2], *message = &in[3], *ciphertext = &in[4];
    size_t n = message->n;
    uint8_t *t = in[5].bytes;
    int result = seal(out, tag, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, message->bytes, n);
    check(result == 0 && is(out, ciphertext) && memcmp(tag, t, 16) == 0, name, i);
    result = open(out, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, ciphertext->bytes, n, t);
    check(result == 0 && is(out, message), name, i);

    memcpy(out, message->bytes, n);
    result = seal(out, tag, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, out, n);
    check(result == 0 && is(out, ciphertext), name, i);
    result = open(out, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, out, n, t);
    check(result == 0 && is(out, message), name, i);

    for (unsigned bit = 0; bit < 128; bit++)
    {
        t[bit / 8] ^= (uint8_t)(1 << bit % 8);
        memset(out, 1, n);
        result = open(out, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, ciphertext->bytes, n, t);
        check(result == SPT_E_TAG && is_zero(out, n), "altered tag, no plaintext", i);
        t[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    text *altered[] = {&in[0], &in[1], &in[2], &in[4]};
    for (unsigned j = 0; j < COUNT(altered); j++)
    {
        if (altered[j]->n == 0)
            continue;
        altered[j]->bytes[altered[j]->n - 1] ^= 0x80;
        result = open(out, key->bytes, iv->bytes, iv->n, aad->bytes, aad->n, ciphertext->bytes, n, t);
        check(result == SPT_E_TAG && is_zero(out, n), "altered input", i);
        altered[j]->bytes[altered[j]->n - 1] ^= 0x80;
    }
}

static void test_aeads(void)
{
    for (unsigned i = 0; i < COUNT(chacha20_poly1305_vectors); i++)
        test_aead(chacha20_poly1305_vectors[i], i, "ChaCha20-Poly1305", chacha_seal, chacha_open);
    for (unsigned i = 0; i < COUNT(aes256_gcm_vectors); i++)
        test_aead(aes256_gcm_vectors[i], i, "AES-256-GCM", spt_aes256_gcm_seal, spt_aes256_gcm_open);

    memset(in[0].bytes, 0, 32);
    memset(out, 1, 32);
    memset(tag, 1, 16);
    check(spt_aes256_gcm_seal(out, tag, in[0].bytes, NULL, 0, NULL, 0, in[0].bytes, 16) == SPT_E_ARGUMENT,
          "AES-256-GCM, empty IV", 0);
    check(is_zero(out, 16) && out[16] == 1 && is_zero(tag, 16), "AES-256-GCM, empty IV, zeroed", 0);
    memset(out, 1, 32);
    check(spt_aes256_gcm_open(out, in[0].bytes, NULL, 0, NULL, 0, in[0].bytes, 16, tag) == SPT_E_ARGUMENT,
          "AES-256-GCM, open, empty IV", 0);
    check(is_zero(out, 16) && out[16] == 1, "AES-256-GCM, open, empty IV, zeroed", 0);
}

/* The base point has a way of its own. 9 with the top bit, which counts for nothing, and 9 + p go the way of all
 * points. */
static void same_as_any_point(const uint8_t scalar[32], unsigned long i)
{
    static const uint8_t nine[32] = {9};
    static uint8_t other[32];
    memset(other, i % 2 != 0 ? 0 : 0xff, 32);
    other[0] = i % 2 != 0 ? 9 : 0xf6;
    other[31] = i % 2 != 0 ? 0x80 : 0x7f;
    spt_x25519(out, scalar, nine);
    spt_x25519(tag, scalar, other);
    check(memcmp(out, tag, 32) == 0, "X25519, base point", i);
}

static void test_x25519(int long_run)
{
    for (unsigned i = 0; i < COUNT(x25519_vectors); i++)
    {
        load(x25519_vectors[i], 3);
        spt_x25519(out, in[0].bytes, in[1].bytes);
        check(is(out, &in[2]), "X25519", i);
        int result = spt_x25519_shared(out, in[0].bytes, in[1].bytes);
        check(result == (is_zero(in[2].bytes, 32) ? SPT_E_KEY : 0) && is(out, &in[2]), "X25519, shared", i);
    }

    /* RFC 7748 5.2: k and u take turns. */
    uint8_t k[32] = {9}, u[32] = {9};
    unsigned rounds = long_run ? 1000 : 1;
    for (unsigned i = 0; i < rounds; i++)
    {
        spt_x25519(out, k, u);
        memcpy(u, k, 32);
        memcpy(k, out, 32);
    }
    from_hex(in[0].bytes, 32,
             long_run ? "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"
                      : "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    check(memcmp(k, in[0].bytes, 32) == 0, "X25519, iterated", rounds);

    uint8_t public_a[32], private_a[32], public_b[32], private_b[32];
    check(spt_x25519_keypair(public_a, private_a) == 0 && spt_x25519_keypair(public_b, private_b) == 0, "X25519 keys",
          0);
    same_as_any_point(private_a, 4000);
    check(memcmp(out, public_a, 32) == 0, "X25519 keys, a pair", 0);
    check(spt_x25519_shared(out, private_a, public_b) == 0 && spt_x25519_shared(tag, private_b, public_a) == 0 &&
              memcmp(out, tag, 32) == 0,
          "X25519, both sides", 0);
}

static void test_x25519_base(int long_run)
{
    uint8_t k[32];
    uint64_t seed = 25519;
    for (unsigned i = 0; i < (long_run ? 300 : 4); i++)
    {
        random_fill(&seed, k, 32);
        same_as_any_point(k, i);
    }
    for (unsigned i = 0; i < 256; i += long_run ? 1 : 60)
    {
        memset(k, 0, 32);
        k[i / 8] = (uint8_t)(1 << i % 8); /* 2^i */
        same_as_any_point(k, 1000 + i);
        for (unsigned j = 0; j < i / 8; j++)
            k[j] = 0xff;
        k[i / 8] = (uint8_t)((2 << i % 8) - 1); /* 2^(i + 1) - 1 */
        same_as_any_point(k, 2000 + i);
    }
    memset(k, 0, 32);
    same_as_any_point(k, 3000);
}

static void test_p256(void)
{
    for (unsigned i = 0; i < COUNT(p256_public_vectors); i++)
    {
        load(p256_public_vectors[i], 2);
        check(spt_p256_public(out, in[0].bytes) == 0 && is(out, &in[1]), "P-256, public", i);
    }
    for (unsigned i = 0; i < COUNT(p256_shared_vectors); i++)
    {
        load(p256_shared_vectors[i], 3);
        check(spt_p256_shared(out, in[0].bytes, in[1].bytes) == 0 && is(out, &in[2]), "P-256, shared", i);
    }
    for (unsigned i = 0; i < COUNT(p256_invalid); i++)
    {
        load(p256_invalid[i], 2);
        memset(out, 1, 64);
        check(spt_p256_shared(out, in[0].bytes, in[1].bytes) == SPT_E_KEY && is_zero(out, 32), "P-256, refused", i);
        if (i < 4)
        {
            memset(out, 1, 64);
            check(spt_p256_public(out, in[0].bytes) == SPT_E_KEY && is_zero(out, 64), "P-256, private key refused", i);
        }
    }
    uint8_t public_a[64], private_a[32], public_b[64], private_b[32];
    check(spt_p256_keypair(public_a, private_a) == 0 && spt_p256_keypair(public_b, private_b) == 0, "P-256 keys", 0);
    check(spt_p256_shared(out, private_a, public_b) == 0 && spt_p256_shared(tag, private_b, public_a) == 0 &&
              memcmp(out, tag, 32) == 0,
          "P-256, both sides", 0);
}

static void test_spake2(void)
{
    for (unsigned i = 0; i < COUNT(spake2_scalar_vectors); i++)
    {
        load(spake2_scalar_vectors[i], 2);
        spt_spake2_scalar(out, in[0].bytes);
        check(is(out, &in[1]), "SPAKE2, w", i);
        spt_spake2_scalar(in[0].bytes, in[0].bytes);
        check(is(in[0].bytes, &in[1]), "SPAKE2, w in place", i);
    }
    for (unsigned i = 0; i < COUNT(spake2_vectors); i++)
    {
        load(spake2_vectors[i], 8);
        for (int side = SPT_CLIENT; side <= SPT_SERVER; side++)
        {
            const uint8_t *private_key = in[3 + side].bytes, *share = in[5 + side].bytes, *peer = in[6 - side].bytes;
            check(spt_spake2_share(out, in[2].bytes, private_key, side) == 0 && is(out, &in[5 + side]), "SPAKE2, share",
                  i);
            check(spt_spake2_key(out, in[2].bytes, private_key, share, peer, side, in[0].bytes, in[0].n, in[1].bytes,
                                 in[1].n) == 0 &&
                      is(out, &in[7]),
                  "SPAKE2, key", i);
        }
    }
    static const uint8_t client[] = "springtail_client", server[] = "springtail_server";
    uint8_t share[64];
    for (unsigned i = 0; i < COUNT(spake2_edges); i++)
    {
        load(spake2_edges[i], 4);
        int good = spt_spake2_share(share, in[0].bytes, in[1].bytes, SPT_CLIENT);
        check(good == 0 || (good == SPT_E_KEY && is_zero(share, 64)), "SPAKE2, share of an edge", i);
        memset(out, 1, 32);
        int result = spt_spake2_key(out, in[0].bytes, in[1].bytes, share, in[2].bytes, SPT_CLIENT, client,
                                    sizeof client - 1, server, sizeof server - 1);
        if (in[3].n != 0)
            check(result == 0 && is(out, &in[3]), "SPAKE2, edge", i);
        else
            check(result == SPT_E_KEY && is_zero(out, 32), "SPAKE2, refused", i);
        memset(out, 1, 64);
        check(spt_spake2_share(out, in[0].bytes, in[1].bytes, 2) == SPT_E_ARGUMENT && is_zero(out, 64) &&
                  spt_spake2_key(out, in[0].bytes, in[1].bytes, share, in[2].bytes, -1, NULL, 0, NULL, 0) ==
                      SPT_E_ARGUMENT,
              "SPAKE2, another side", i);
    }
}

static void test_packets(void)
{
    static uint8_t packet[SPT_PACKET_MAX + 1];
    for (unsigned i = 0; i < COUNT(packet_vectors); i++)
    {
        load(packet_vectors[i], 7);
        int protection = in[0].bytes[0];
        const uint8_t *cipher_key = protection == SPT_CLEAR ? NULL : in[1].bytes;
        const uint8_t *tag_key = protection == SPT_CHACHA20_POLY1305 ? NULL : in[2].bytes;
        uint64_t number = 0;
        for (unsigned j = 0; j < 8; j++)
            number = number << 8 | in[3].bytes[j];
        uint8_t *mask_key = in[4].bytes;
        text *sealed = &in[5], *wire = &in[6];
        size_t n = sealed->n;

        memcpy(packet, sealed->bytes, n);
        check(spt_packet_mask(packet, n, mask_key) == 0 && is(packet, wire), "packet, mask", i);
        check(spt_packet_unmask(packet, n, mask_key) == 0 && is(packet, sealed), "packet, unmask", i);
        check(spt_packet_open(packet, n, protection, cipher_key, tag_key, number) == 0, "packet, open", i);
        check(memcmp(packet, sealed->bytes, SPT_PACKET_HEADER) == 0, "packet, header kept", i);
        memset(packet + n - 16, 0, 16);
        check(spt_packet_seal(packet, n, protection, cipher_key, tag_key, number) == 0 && is(packet, sealed),
              "packet, seal", i);

        /* Each byte of it altered: refused and as it was. */
        for (size_t j = 0; j < n; j++)
        {
            memcpy(packet, sealed->bytes, n);
            packet[j] ^= 0x10;
            memcpy(out, packet, n);
            check(spt_packet_open(packet, n, protection, cipher_key, tag_key, number) == SPT_E_TAG &&
                      memcmp(packet, out, n) == 0,
                  "packet, altered", j);
        }
        memcpy(packet, wire->bytes, n);
        mask_key[31] ^= 1;
        check(spt_packet_unmask(packet, n, mask_key) == SPT_E_PACKET && is(packet, wire), "packet, other mask", i);
        mask_key[31] ^= 1;
        check(spt_packet_unmask(packet, n - 1, mask_key) == SPT_E_PACKET && is(packet, wire), "packet, cut short", i);
    }

    /* One by one what unmask looks at. */
    static const struct
    {
        unsigned at;
        uint8_t value;
        int result;
    } headers[] = {{0, 0x2f, 0},
                   {0, 0x10, SPT_E_PACKET},
                   {0, 0x00, SPT_E_PACKET},
                   {25, 9, SPT_E_PACKET},
                   {24, 1, SPT_E_PACKET},
                   {11, 0, SPT_E_PACKET},
                   {4, 0x80, 0},
                   {1, 0xff, 0},
                   {25, 11, SPT_E_PACKET},
                   {2, 0xff, 0}};
    for (unsigned i = 0; i < COUNT(headers); i++)
    {
        const size_t n = SPT_PACKET_MIN + 10;
        memset(packet, 0x55, n);
        memset(packet, 0, SPT_PACKET_HEADER);
        packet[0] = SPT_PACKET_VERSION << 4;
        packet[1] = 4;
        packet[11] = 1;
        packet[25] = 10;
        packet[headers[i].at] = headers[i].value;
        check(spt_packet_mask(packet, n, in[0].bytes) == 0, "packet, mask", i);
        check(spt_packet_unmask(packet, n, in[0].bytes) == headers[i].result, "packet, header", i);
    }

    static const size_t sizes[] = {0, 1, SPT_PACKET_MIN - 1, SPT_PACKET_MAX + 1};
    uint8_t key[32] = {0};
    for (unsigned i = 0; i < COUNT(sizes); i++)
    {
        for (int protection = 0; protection < 3; protection++)
        {
            check(spt_packet_seal(packet, sizes[i], protection, key, key, 1) == SPT_E_ARGUMENT, "packet, size", i);
            check(spt_packet_open(packet, sizes[i], protection, key, key, 1) == SPT_E_ARGUMENT, "packet, size", i);
        }
        check(spt_packet_mask(packet, sizes[i], key) == SPT_E_ARGUMENT, "packet, size", i);
        check(spt_packet_unmask(packet, sizes[i], key) == SPT_E_ARGUMENT, "packet, size", i);
    }
    for (int protection = 0; protection < 3; protection++)
    {
        memset(packet, 0x77, sizeof packet);
        check(spt_packet_seal(packet, SPT_PACKET_MAX, protection, key, key, 1) == 0 && packet[SPT_PACKET_MAX] == 0x77 &&
                  spt_packet_open(packet, SPT_PACKET_MAX, protection, key, key, 1) == 0 &&
                  packet[SPT_PACKET_MAX - 17] == 0x77,
              "packet, largest", (unsigned long)protection);
        check(spt_packet_seal(packet, SPT_PACKET_MIN, protection, key, key, 1) == 0 &&
                  spt_packet_open(packet, SPT_PACKET_MIN, protection, key, key, 1) == 0,
              "packet, smallest", (unsigned long)protection);
    }
    check(spt_packet_seal(packet, 100, 3, key, key, 1) == SPT_E_ARGUMENT, "packet, protection 3", 0);
    check(spt_packet_open(packet, 100, -1, key, key, 1) == SPT_E_ARGUMENT, "packet, protection -1", 0);
}

/* The same results wherever the bytes stand: words are read whole only where they are aligned. */
static void test_places(void)
{
    static uint32_t from_words[64], to_words[64];
    uint8_t *from = (uint8_t *)from_words, *to = (uint8_t *)to_words, expected[232], message[200], key[32];
    uint64_t seed = 5;
    random_fill(&seed, message, sizeof message);
    random_fill(&seed, key, sizeof key);
    for (unsigned i = 0; i < 16; i++)
    {
        uint8_t *bytes = from + i / 4, *at = to + i % 4;
        memcpy(bytes, message, sizeof message);
        spt_sha256(expected, message, sizeof message);
        spt_sha256(at, bytes, sizeof message);
        check(memcmp(at, expected, 32) == 0, "SHA-256, place", i);
        spt_hmac_sha256(expected, key, sizeof key, message, sizeof message);
        spt_hmac_sha256(at, key, sizeof key, bytes, sizeof message);
        check(memcmp(at, expected, 32) == 0, "HMAC, place", i);

        spt_chacha20(expected, message, sizeof message, key, message, 1);
        spt_chacha20(at, bytes, sizeof message, key, bytes, 1);
        check(memcmp(at, expected, sizeof message) == 0, "ChaCha20, place", i);
        check(spt_chacha20_poly1305_seal(expected, tag, key, message, message, 40, message, sizeof message) == 0 &&
                  spt_chacha20_poly1305_seal(at, at + 200, key, bytes, bytes, 40, bytes, sizeof message) == 0,
              "ChaCha20-Poly1305, place", i);
        check(memcmp(at, expected, sizeof message) == 0 && memcmp(at + 200, tag, 16) == 0, "ChaCha20-Poly1305, place",
              i);
        check(spt_chacha20_poly1305_open(at, key, message, message, 40, at, sizeof message, tag) == 0 &&
                  memcmp(at, message, sizeof message) == 0,
              "ChaCha20-Poly1305, place", i);
        check(spt_aes256_gcm_seal(expected, tag, key, message, 16, message, 40, message, sizeof message) == 0 &&
                  spt_aes256_gcm_seal(at, at + 200, key, bytes, 16, bytes, 40, bytes, sizeof message) == 0,
              "AES-256-GCM, place", i);
        check(memcmp(at, expected, sizeof message) == 0 && memcmp(at + 200, tag, 16) == 0, "AES-256-GCM, place", i);
    }
}

static void test_rest(void)
{
    uint8_t a[40], b[40];
    memset(a, 3, sizeof a);
    memset(b, 3, sizeof b);
    check(spt_constant_time_equal(a, b, sizeof a) == 1 && spt_constant_time_equal(NULL, NULL, 0) == 1, "equal", 0);
    for (unsigned i = 0; i < 8 * sizeof a; i++)
    {
        b[i / 8] ^= (uint8_t)(1 << i % 8);
        check(spt_constant_time_equal(a, b, sizeof a) == 0, "not equal", i);
        b[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    spt_wipe(a, 39);
    check(is_zero(a, 39) && a[39] == 3, "wipe", 0);
    spt_wipe(NULL, 0);

    memset(out, 0, sizeof out);
    check(spt_random(out, 32) == 0 && spt_random(out + 32, 32) == 0 && !is_zero(out, 32) &&
              memcmp(out, out + 32, 32) != 0 && is_zero(out + 64, 64) && spt_random(NULL, 0) == 0,
          "random", 0);
}

void known_answers(int long_run)
{
    test_sha256(long_run);
    test_hmac();
    test_hkdf();
    test_pbkdf2(long_run);
    test_chacha20();
    test_aeads();
    test_x25519(long_run);
    test_x25519_base(long_run);
    test_p256();
    test_spake2();
    test_packets();
    test_places();
    test_rest();
}
