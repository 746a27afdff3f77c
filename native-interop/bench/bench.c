/* Instructions and peak stack of each operation, one JSON line each. */
#include "../tests/bare/bare.h"
#include "../tests/harness.h"
#include "springtail_crypto.h"

#include <string.h>

#define PAYLOAD 1024
#define PACKET (SPT_PACKET_MIN + PAYLOAD)

static uint8_t key[32] = {1}, tag_key[32] = {2}, private_key[32] = {3}, public_key[64], peer[32] = {5};
static uint8_t nonce[16] = {4}, header[SPT_PACKET_HEADER] = {0x20, 4}, tag[16], secret[64], share[64], master[128];
static uint8_t text[65536], packet[PACKET];
static int result;

static void nothing(void)
{
}

static void p256_shared(void)
{
    result |= spt_p256_shared(secret, private_key, public_key);
}

static void p256_public(void)
{
    result |= spt_p256_public(public_key, private_key);
}

static void spake2_scalar(void)
{
    spt_spake2_scalar(secret, text);
}

static void spake2_share(void)
{
    result |= spt_spake2_share(share, tag_key, private_key, SPT_SERVER);
}

static void spake2_key(void)
{
    result |= spt_spake2_key(secret, tag_key, private_key, share, public_key, SPT_SERVER, text, 17, text, 17);
}

static void x25519_shared(void)
{
    result |= spt_x25519_shared(secret, private_key, peer);
}

static void x25519_public(void)
{
    static const uint8_t base_point[32] = {9};
    spt_x25519(secret, private_key, base_point);
}

static void sha256_64k(void)
{
    spt_sha256(secret, text, sizeof text);
}

static void hmac_sha256_1k(void)
{
    spt_hmac_sha256(secret, key, sizeof key, text, PAYLOAD);
}

static void pbkdf2_4096_128(void)
{
    result |= spt_pbkdf2_hmac_sha256(master, sizeof master, key, sizeof key, tag_key, sizeof tag_key, 4096);
}

static void pbkdf2_step(void)
{
    static spt_pbkdf2_context context;
    result |= spt_pbkdf2_start(&context, key, sizeof key, tag_key, sizeof tag_key, 4096);
    result |= spt_pbkdf2_step(&context, master, sizeof master, 400) != SPT_MORE;
    spt_pbkdf2_finish(&context);
}

static void chacha20_1k(void)
{
    spt_chacha20(text, text, PAYLOAD, key, nonce, 1);
}

static void chacha20_poly1305_seal_1k(void)
{
    result |= spt_chacha20_poly1305_seal(text, tag, key, nonce, header, sizeof header, text, PAYLOAD);
}

/* With the tag of what the seal before has left: it fits. */
static void chacha20_poly1305_open_1k(void)
{
    result |= spt_chacha20_poly1305_open(text, key, nonce, header, sizeof header, text, PAYLOAD, tag);
}

static void aes256_gcm_seal_1k(void)
{
    result |= spt_aes256_gcm_seal(text, tag, key, nonce, sizeof nonce, header, sizeof header, text, PAYLOAD);
}

static void seal(int protection)
{
    result |= spt_packet_seal(packet, PACKET, protection, key, tag_key, 1);
}

static void open(int protection)
{
    result |= spt_packet_open(packet, PACKET, protection, key, tag_key, 1);
}

static void packet_seal_1k_suite_1(void)
{
    seal(SPT_CHACHA20_HMAC);
}

static void packet_open_1k_suite_1(void)
{
    open(SPT_CHACHA20_HMAC);
}

static void packet_seal_1k_suite_2(void)
{
    seal(SPT_CHACHA20_POLY1305);
}

static void packet_open_1k_suite_2(void)
{
    open(SPT_CHACHA20_POLY1305);
}

extern uint32_t stack_bottom[];

#define PAINT 0xa5a5a5a5

static inline uint32_t *stack_pointer(void)
{
    uint32_t *sp;
#if defined(__riscv)
    __asm__ volatile("mv %0, sp" : "=r"(sp));
#else
    __asm__ volatile("mov %0, a1" : "=r"(sp));
#endif
    return sp;
}

/* The instructions of the call, and the bytes of stack that it used below this function's frame. */
static __attribute__((noinline)) void measure(void (*operation)(void), uint32_t *instructions, uint32_t *stack)
{
    uint32_t *top = stack_pointer();
    for (volatile uint32_t *p = stack_bottom; p < top; p++)
        *p = PAINT;
    uint32_t before = bare_clock();
    operation();
    *instructions = bare_instructions(bare_clock() - before);
    volatile uint32_t *p = stack_bottom;
    while (p < top && *p == PAINT)
        p++;
    *stack = (uint32_t)((uint8_t *)top - (uint8_t *)(uintptr_t)p);
}

int bare_main(void)
{
    static const struct
    {
        const char *name;
        void (*operation)(void);
        uint32_t divisor;
    } operations[] = {
        {"p256_public", p256_public, 1},
        {"p256_shared", p256_shared, 1},
        {"spake2_scalar", spake2_scalar, 1},
        {"spake2_share", spake2_share, 1},
        {"spake2_key", spake2_key, 1},
        {"x25519_shared", x25519_shared, 1},
        {"x25519_public", x25519_public, 1},
        {"sha256_block", sha256_64k, 1024},
        {"hmac_sha256_1k", hmac_sha256_1k, 1},
        {"pbkdf2_4096_128", pbkdf2_4096_128, 1},
        {"pbkdf2_step_400", pbkdf2_step, 1},
        {"chacha20_1k", chacha20_1k, 1},
        {"chacha20_poly1305_seal_1k", chacha20_poly1305_seal_1k, 1},
        {"chacha20_poly1305_open_1k", chacha20_poly1305_open_1k, 1},
        {"aes256_gcm_seal_1k", aes256_gcm_seal_1k, 1},
        {"packet_seal_1k_suite_1", packet_seal_1k_suite_1, 1},
        {"packet_open_1k_suite_1", packet_open_1k_suite_1, 1},
        {"packet_seal_1k_suite_2", packet_seal_1k_suite_2, 1},
        {"packet_open_1k_suite_2", packet_open_1k_suite_2, 1},
    };
    uint32_t none, none_stack, instructions, stack;
    measure(nothing, &none, &none_stack);
    for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++)
    {
        measure(operations[i].operation, &instructions, &stack);
        say("{\"operation\": \"");
        say(operations[i].name);
        say("\", \"instructions\": ");
        say_number((instructions - none) / operations[i].divisor);
        say(", \"stack_bytes\": ");
        say_number(stack);
        say("}\n");
    }
    return result;
}
