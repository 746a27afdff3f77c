/*
 * For a checker, in a build with SPT_CHECK_SECRETS (see ct.h): secrets are marked, so each branch and each address that
 * depends on one is reported. "branch" and "address" are the controls: each does depend on one, and must be reported.
 * On RISC-V the checker also finds secrets left on the stack, with "stack" as control.
 */
#include "../src/ct.h"
#include "harness.h"
#include "springtail_crypto.h"

#include <string.h>

static uint8_t key[64], private_key[32], message[1200], out[1200], tag[32], other_key[64];
static volatile uint8_t sink;

static void fresh(uint64_t seed)
{
    random_fill(&seed, key, sizeof key);
    random_fill(&seed, private_key, sizeof private_key);
    random_fill(&seed, message, sizeof message);
    private_key[0] &= 0x7f;
    CT_SECRET(key, sizeof key);
    CT_SECRET(private_key, sizeof private_key);
    CT_SECRET(message, sizeof message);
}

static void hashes(void)
{
    fresh(1);
    spt_sha256(out, message, 150);
    CT_STACK_IS_CLEAN();
    spt_hmac_sha256(out, key, 32, message, 150);
    CT_STACK_IS_CLEAN();
    spt_hmac_sha256(out, message, 150, key, 32);
    CT_STACK_IS_CLEAN();
    check(spt_hkdf_sha256(out, 100, key, 32, message, 70, key, 64) == 0, "HKDF", 0);
    CT_STACK_IS_CLEAN();
    check(spt_pbkdf2_hmac_sha256(out, 70, key, 32, message, 90, 3) == 0, "PBKDF2", 0);
    CT_STACK_IS_CLEAN();
    spt_pbkdf2_context c;
    int result = spt_pbkdf2_start(&c, key, 32, message, 40, 5);
    if (result == 0)
        while ((result = spt_pbkdf2_step(&c, out, 64, 2)) == SPT_MORE)
            continue;
    check(result == 0, "PBKDF2 in steps", 0);
    CT_STACK_IS_CLEAN();
    spt_pbkdf2_finish(&c);
    int equal = spt_constant_time_equal(key, message, 64);
    CT_PUBLIC(&equal, sizeof equal);
    check(equal == 0, "equal", 0);
}

static void ciphers(void)
{
    static const uint8_t iv[16] = {1, 2, 3}, aad[20] = {4};
    fresh(2);
    spt_chacha20(out, message, 333, key, iv, 7);
    CT_STACK_IS_CLEAN();
    for (int fits = 1; fits >= 0; fits--)
    {
        check(spt_chacha20_poly1305_seal(out, tag, key, iv, aad, 20, message, 333) == 0, "AEAD", 0);
        CT_STACK_IS_CLEAN();
        CT_PUBLIC(tag, 16);
        tag[0] ^= (uint8_t)!fits;
        check(spt_chacha20_poly1305_open(out, key, iv, aad, 20, out, 333, tag) == (fits ? 0 : SPT_E_TAG), "AEAD", 1);
        CT_STACK_IS_CLEAN();
        for (size_t n = 12; n <= 16; n += 4)
        {
            check(spt_aes256_gcm_seal(out, tag, key, iv, n, aad, 20, message, 333) == 0, "GCM", 0);
            CT_STACK_IS_CLEAN();
            CT_PUBLIC(tag, 16);
            tag[0] ^= (uint8_t)!fits;
            check(spt_aes256_gcm_open(out, key, iv, n, aad, 20, out, 333, tag) == (fits ? 0 : SPT_E_TAG), "GCM", 1);
            CT_STACK_IS_CLEAN();
        }
    }
}

static void packets(void)
{
    static const uint8_t headers[][SPT_PACKET_HEADER] = {{0x20, 1, 0, 0, 1, [25] = 100},
                                                         {0x20, 4, 0, 0, 1, [25] = 100}};
    uint8_t packet[SPT_PACKET_MIN + 100];
    for (int protection = 0; protection < 3; protection++)
        for (unsigned i = 0; i < 2; i++)
            for (int fits = 1; fits >= 0; fits--)
            {
                fresh(3);
                memcpy(packet, headers[i], SPT_PACKET_HEADER);
                memcpy(packet + SPT_PACKET_HEADER, message, 100); /* secret */
                check(spt_packet_seal(packet, sizeof packet, protection, key, key + 32, 5) == 0, "seal", i);
                CT_STACK_IS_CLEAN();
                check(spt_packet_mask(packet, sizeof packet, private_key) == 0, "mask", i);
                CT_STACK_IS_CLEAN();
                CT_PUBLIC(packet, sizeof packet); /* on the wire */
                check(spt_packet_unmask(packet, sizeof packet, private_key) == 0, "unmask", i);
                CT_STACK_IS_CLEAN();
                packet[30] ^= (uint8_t)!fits;
                check(spt_packet_open(packet, sizeof packet, protection, key, key + 32, 5) == (fits ? 0 : SPT_E_TAG),
                      "open", i);
                CT_STACK_IS_CLEAN();
                private_key[5] ^= 1;
                check(spt_packet_unmask(packet, sizeof packet, private_key) == SPT_E_PACKET, "unmask", i);
                CT_STACK_IS_CLEAN();
            }
}

static void keys(void)
{
    for (uint64_t i = 0; i < 4; i++)
    {
        fresh(10 + i);
        CT_PUBLIC(private_key + 31, 1);
        private_key[31] = (uint8_t)((private_key[31] & 0xfe) | (i & 1)); /* even and odd */
        CT_SECRET(private_key + 31, 1);
        check(spt_p256_public(other_key, private_key) == 0, "P-256", 0);
        CT_STACK_IS_CLEAN();
        CT_PUBLIC(other_key, 64);
        fresh(20 + i);
        check(spt_p256_shared(out, private_key, other_key) == 0, "P-256", 1);
        CT_STACK_IS_CLEAN();
        spt_x25519(out, private_key, other_key);
        CT_STACK_IS_CLEAN();
        check(spt_x25519_shared(out, private_key, other_key) == 0, "X25519", 0);
        CT_STACK_IS_CLEAN();
    }
    check(spt_p256_keypair(other_key, private_key) == 0, "P-256", 2);
    CT_STACK_IS_CLEAN();
    check(spt_x25519_keypair(other_key, private_key) == 0, "X25519", 1);
    CT_STACK_IS_CLEAN();
    static const uint8_t id[] = "client";
    uint8_t w[40], share[64];
    for (int side = SPT_CLIENT; side <= SPT_SERVER; side++)
        for (uint64_t i = 0; i < 3; i++)
        {
            fresh(30 + i);
            memcpy(w, key, sizeof w); /* secret */
            spt_spake2_scalar(w, w);
            CT_STACK_IS_CLEAN();
            check(spt_spake2_share(other_key, w, private_key, !side) == 0, "SPAKE2", 0);
            CT_STACK_IS_CLEAN();
            CT_PUBLIC(other_key, 64);
            fresh(40 + i);
            check(spt_spake2_share(share, w, private_key, side) == 0, "SPAKE2", 1);
            CT_STACK_IS_CLEAN();
            CT_PUBLIC(share, 64);
            if (i == 2)
                other_key[7] ^= 1;
            check(spt_spake2_key(out, w, private_key, share, other_key, side, id, 6, id, 6) == (i == 2 ? SPT_E_KEY : 0),
                  "SPAKE2", 2);
            CT_STACK_IS_CLEAN();
        }
    memset(private_key, 0, 32);
    CT_SECRET(private_key, 32);
    check(spt_spake2_share(share, w, private_key, SPT_CLIENT) == SPT_E_KEY, "SPAKE2", 3);
    CT_STACK_IS_CLEAN();
    check(spt_p256_public(other_key, private_key) == SPT_E_KEY, "P-256", 3);
    CT_STACK_IS_CLEAN();
}

static void leak_by_branch(void)
{
    fresh(4);
    if (key[0] & 1)
        sink = 1;
}

static void leak_by_address(void)
{
    static volatile uint8_t table[256];
    fresh(4);
    sink = table[key[1]];
}

static __attribute__((noinline)) void leave_on_stack(void)
{
    volatile uint8_t left[32];
    for (unsigned i = 0; i < sizeof left; i++)
        left[i] = key[i];
}

static void leak_by_stack(void)
{
    fresh(5);
    leave_on_stack();
    CT_STACK_IS_CLEAN();
}

int secrets(const char *what)
{
    if (what[0] == 'b')
        leak_by_branch();
    else if (what[0] == 'a')
        leak_by_address();
    else if (what[0] == 's')
        leak_by_stack();
    else
    {
        hashes();
        ciphers();
        packets();
        keys();
    }
    return summary();
}
