/*
 * Each operation takes the same number of instructions for every secret. That is less than what taint.c shows on
 * rv32imc, and shown for Xtensa too, where a compiler makes branches of comparisons and of long sums.
 */
#include "../harness.h"
#include "bare.h"
#include "springtail_crypto.h"

#include <string.h>

#define SECRETS 5
#define PAYLOAD 150

/* Secrets, new in each round, but for the peers' keys. */
static uint8_t key[64], private_key[32], w[40], packet[SPT_PACKET_MIN + PAYLOAD];
static uint8_t p256_peer[64], x25519_peer[32] = {5}, nonce[16], tag[16], out[PAYLOAD + 64];
static volatile uint8_t sink;

static void sealed(int protection)
{
    packet[0] = SPT_PACKET_VERSION << 4;
    packet[1] = 4;
    (void)!spt_packet_seal(packet, sizeof packet, protection, key, key + 32, 7);
    (void)!spt_packet_mask(packet, sizeof packet, private_key);
}

static void packet_hmac(void)
{
    sealed(SPT_CHACHA20_HMAC);
}

static void packet_poly1305(void)
{
    sealed(SPT_CHACHA20_POLY1305);
}

static void packet_opened(void)
{
    (void)!spt_packet_open(packet, sizeof packet, SPT_CHACHA20_POLY1305, key, key, 7); /* refused */
}

static void gcm(void)
{
    (void)!spt_aes256_gcm_seal(out, tag, key, nonce, 12, nonce, 16, packet, PAYLOAD);
}

static void hkdf(void)
{
    (void)!spt_hkdf_sha256(out, 64, key, 32, private_key, 32, nonce, 16);
}

static void pbkdf2(void)
{
    (void)!spt_pbkdf2_hmac_sha256(out, 32, key, 32, w, 40, 3);
}

static void p256_public(void)
{
    (void)!spt_p256_public(out, private_key);
}

static void p256_shared(void)
{
    (void)!spt_p256_shared(out, private_key, p256_peer);
}

static void x25519(void)
{
    spt_x25519(out, private_key, x25519_peer);
}

static void x25519_base(void)
{
    static const uint8_t base_point[32] = {9};
    spt_x25519(out, private_key, base_point);
}

static void spake2(void)
{
    spt_spake2_scalar(w, w);
    (void)!spt_spake2_share(out, w, private_key, SPT_CLIENT);
    (void)!spt_spake2_key(out, w, private_key, out, p256_peer, SPT_CLIENT, nonce, 6, nonce, 6);
}

static void equal(void)
{
    sink = (uint8_t)spt_constant_time_equal(key, packet, 32);
}

static void leak(void)
{
    if (key[0] < 128)
        sink = 1;
}

/* Whether SECRETS secrets give one count. */
static int is_steady(void (*operation)(void))
{
    uint32_t first = 0;
    int steady = 1;
    for (uint64_t i = 0; i < SECRETS; i++)
    {
        uint64_t seed = 100 + i;
        random_fill(&seed, key, sizeof key);
        random_fill(&seed, private_key, sizeof private_key);
        random_fill(&seed, w, sizeof w);
        random_fill(&seed, packet, sizeof packet);
        private_key[0] &= 0x7f; /* below P-256's order */
        uint32_t before = bare_clock();
        operation();
        uint32_t count = bare_instructions(bare_clock() - before);
        if (i == 0)
            first = count;
        steady &= count == first;
    }
    return steady;
}

int bare_main(void)
{
    static const struct
    {
        const char *name;
        void (*operation)(void);
    } operations[] = {
        {"packet, ChaCha20 and HMAC", packet_hmac},
        {"packet, ChaCha20-Poly1305", packet_poly1305},
        {"packet, refused", packet_opened},
        {"AES-256-GCM", gcm},
        {"HKDF", hkdf},
        {"PBKDF2", pbkdf2},
        {"P-256, public", p256_public},
        {"P-256, shared", p256_shared},
        {"X25519", x25519},
        {"X25519, base point", x25519_base},
        {"SPAKE2", spake2},
        {"equal", equal},
    };
    static const uint8_t peer_private[32] = {[31] = 77};
    check(spt_p256_public(p256_peer, peer_private) == 0, "peer", 0);
    for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++)
        check(is_steady(operations[i].operation), operations[i].name, i);
    check(!is_steady(leak), "control: a branch shows", 0);
    return summary();
}
