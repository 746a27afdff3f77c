/*
 * Springtail's native core: the primitives of PROTOCOL.md in C11.
 *
 * Rules that hold for every function here:
 *  - Sizes are in bytes. A pointer may be NULL only where its length is 0.
 *  - Functions that can fail return 0 for success and a negative SPT_E... otherwise; their outputs are then zero
 *    (packets are left as they were).
 *  - An output may be the very same buffer as an input of the same length where "in place" is said; otherwise
 *    outputs and inputs do not overlap.
 *  - Time and memory access depend on lengths and on what is public, never on a key, a message or an intermediate
 * value.
 *  - No heap, no state between calls but what the caller holds; safe to call from any number of threads.
 */
#ifndef SPRINGTAIL_CRYPTO_H
#define SPRINGTAIL_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SPT_API __attribute__((visibility("default")))
#define SPT_CHECKED __attribute__((warn_unused_result)) SPT_API
#else
#define SPT_API
#define SPT_CHECKED
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SPT_E_ARGUMENT (-1) /* a length or option outside its limits */
#define SPT_E_KEY (-2)      /* a private key out of range, an invalid public key, an all-zero shared secret */
#define SPT_E_TAG (-3)      /* a tag does not fit: wrong key, or altered data */
#define SPT_E_PACKET (-4)   /* an unmasked header makes no sense: most likely another key's packet */
#define SPT_E_RANDOM (-5)   /* the random source failed or is not ready */

#define SPT_MORE 1 /* spt_pbkdf2_step: not done yet */

#define SPT_PACKET_VERSION 2 /* PROTOCOL.md 3 */
#define SPT_PACKET_HEADER 26
#define SPT_PACKET_TAG 16
#define SPT_PACKET_MIN (SPT_PACKET_HEADER + SPT_PACKET_TAG)
#define SPT_PACKET_MAX 8148

/* How a packet is protected (PROTOCOL.md 3.1). */
#define SPT_CLEAR 0             /* payload not encrypted; tag = HMAC128(tag_key, header || payload) */
#define SPT_CHACHA20_HMAC 1     /* suites 1 and 3: ChaCha20 with block counter from 1, then HMAC-SHA256-128 */
#define SPT_CHACHA20_POLY1305 2 /* suites 2, 4 and 5: RFC 8439 AEAD, the header as additional data */

/* SHA-256 (FIPS 180-4). */
SPT_API void spt_sha256(uint8_t out[32], const uint8_t *in, size_t n);

/* HMAC-SHA256 (RFC 2104, FIPS 198-1); keys above 64 bytes are hashed first. */
SPT_API void spt_hmac_sha256(uint8_t out[32], const uint8_t *key, size_t key_len, const uint8_t *msg, size_t msg_len);

/* HKDF with SHA-256, extract and expand (RFC 5869). out_len at most 255 * 32, otherwise SPT_E_ARGUMENT. */
SPT_CHECKED int spt_hkdf_sha256(uint8_t *out, size_t out_len, const uint8_t *salt, size_t salt_len, const uint8_t *ikm,
                                size_t ikm_len, const uint8_t *info, size_t info_len);

/* PBKDF2 with HMAC-SHA256 (RFC 8018 5.2), two compressions an iteration. SPT_E_ARGUMENT when iterations is 0 or
 * out_len above (2^32 - 1) * 32. */
SPT_CHECKED int spt_pbkdf2_hmac_sha256(uint8_t *out, size_t out_len, const uint8_t *password, size_t password_len,
                                       const uint8_t *salt, size_t salt_len, uint32_t iterations);

/* The same in steps, so that a small device can do other things meanwhile. The context holds secrets: it ends
 * with spt_pbkdf2_finish. */
typedef struct
{
    uint32_t opaque[80];
} spt_pbkdf2_context;

/* SPT_E_ARGUMENT when iterations is 0. */
SPT_CHECKED int spt_pbkdf2_start(spt_pbkdf2_context *context, const uint8_t *password, size_t password_len,
                                 const uint8_t *salt, size_t salt_len, uint32_t iterations);

/* Does at most `iterations` iterations (at least one) towards out_len bytes, which stay the same in all steps of
 * one context. SPT_MORE while there is more to do, 0 once all of out is written; only whole blocks of 32 bytes are
 * written before. */
SPT_CHECKED int spt_pbkdf2_step(spt_pbkdf2_context *context, uint8_t *out, size_t out_len, uint32_t iterations);

/* Wipes the context. */
SPT_API void spt_pbkdf2_finish(spt_pbkdf2_context *context);

/* ChaCha20 (RFC 8439 2.4): XORs the key stream from block `counter` on. In place or not. The counter wraps after
 * 2^32 blocks. */
SPT_API void spt_chacha20(uint8_t *out, const uint8_t *in, size_t n, const uint8_t key[32], const uint8_t nonce[12],
                          uint32_t counter);

/* ChaCha20-Poly1305 (RFC 8439 2.8). In place or not. SPT_E_ARGUMENT when n is above 2^38 - 64; open returns SPT_E_TAG
 * and no plaintext when the tag does not fit. */
SPT_CHECKED int spt_chacha20_poly1305_seal(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32],
                                           const uint8_t nonce[12], const uint8_t *aad, size_t aad_len,
                                           const uint8_t *plaintext, size_t n);
SPT_CHECKED int spt_chacha20_poly1305_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t nonce[12],
                                           const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                           const uint8_t tag[16]);

/* AES-256-GCM (NIST SP 800-38D), 16-byte tags, IVs of 1 byte and more (12 are used as they are, others are hashed).
 * In place or not. SPT_E_ARGUMENT when iv_len is 0 or n above 2^36 - 32; open returns SPT_E_TAG and no plaintext when
 * the tag does not fit. */
SPT_CHECKED int spt_aes256_gcm_seal(uint8_t *ciphertext, uint8_t tag[16], const uint8_t key[32], const uint8_t *iv,
                                    size_t iv_len, const uint8_t *aad, size_t aad_len, const uint8_t *plaintext,
                                    size_t n);
SPT_CHECKED int spt_aes256_gcm_open(uint8_t *plaintext, const uint8_t key[32], const uint8_t *iv, size_t iv_len,
                                    const uint8_t *aad, size_t aad_len, const uint8_t *ciphertext, size_t n,
                                    const uint8_t tag[16]);

/* NIST P-256 (SP 800-186, SP 800-56A). Public keys are X || Y, private keys big-endian in [1, n-1].
 * public: SPT_E_KEY when the private key is out of range.
 * shared: the X coordinate; SPT_E_KEY when X or Y of the peer's key is not below p, when it is not on the curve, or
 * when the private key is out of range.
 * keypair: SPT_E_RANDOM when the random source fails. */
SPT_CHECKED int spt_p256_public(uint8_t public_key[64], const uint8_t private_key[32]);
SPT_CHECKED int spt_p256_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[64]);
SPT_CHECKED int spt_p256_keypair(uint8_t public_key[64], uint8_t private_key[32]);

/* SPAKE2 over P-256 with SHA-256 (RFC 9382, PROTOCOL.md 17): two sides that share a password agree on a key, and
 * whoever does not know it tests one guess for each exchange with one of them, and nothing offline. The client is the
 * RFC's A (M blinds its share), the server its B (N). w and private keys are big-endian in [1, n-1], shares X || Y. A
 * private key is made of 32 random bytes, again if it is refused, and serves one exchange; nobody but spt_spake2_share
 * may learn its public key, which with the share reveals w. */
#define SPT_CLIENT 0
#define SPT_SERVER 1

/* w = in mod n, big-endian: 40 bytes of a slow hash of the password, so that no w is likelier than another. In place
 * (w = in) or not. A w of 0 is refused by the other two. */
SPT_API void spt_spake2_scalar(uint8_t w[32], const uint8_t in[40]);

/* The share to send, pA = private_key G + w M or pB = private_key G + w N. SPT_E_KEY when w or the private key is out
 * of range, or in the one case in 2^256 in which the sum is the point at infinity; SPT_E_ARGUMENT for another side. */
SPT_CHECKED int spt_spake2_share(uint8_t share[64], const uint8_t w[32], const uint8_t private_key[32], int side);

/* The key: SHA-256 of TT, in which the identities may be of any length, also 0. `share` is one's own, and it is not
 * checked. SPT_E_KEY when X or Y of the peer's share is not below p, when it is not on the curve, when it is w N (or
 * w M), so that the secret point would be at infinity, or when w or the private key is out of range. That both
 * sides have the same key is for a later message to show: another password just leads to another key. */
SPT_CHECKED int spt_spake2_key(uint8_t key[32], const uint8_t w[32], const uint8_t private_key[32],
                               const uint8_t share[64], const uint8_t peer_share[64], int side,
                               const uint8_t *client_id, size_t client_id_len, const uint8_t *server_id,
                               size_t server_id_len);

/* X25519 (RFC 7748). spt_x25519 is the bare function: any scalar, any point, which is public; the base point 9, which
 * keypair multiplies too, has a quicker way. shared refuses an all-zero secret with SPT_E_KEY, which is what a point of
 * low order gives. */
SPT_API void spt_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32]);
SPT_CHECKED int spt_x25519_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[32]);
SPT_CHECKED int spt_x25519_keypair(uint8_t public_key[32], uint8_t private_key[32]);

/* Seals a packet in place (PROTOCOL.md 3.1). `packet` holds 26 bytes of header, the payload and room for the tag:
 * `size` bytes in all, 42 to 8148, else SPT_E_ARGUMENT, as for an unknown protection.
 * cipher_key: 32 bytes, the sender's traffic key; not used when clear. tag_key: 32 bytes; not used with
 * ChaCha20-Poly1305. What is not used may be NULL. number: the packet's number as 64 bits, the nonce. */
SPT_CHECKED int spt_packet_seal(uint8_t *packet, size_t size, int protection, const uint8_t *cipher_key,
                                const uint8_t *tag_key, uint64_t number);

/* Verifies a packet's tag and, if it fits, decrypts the payload in place; else SPT_E_TAG, and the packet is as it
 * was. */
SPT_CHECKED int spt_packet_open(uint8_t *packet, size_t size, int protection, const uint8_t *cipher_key,
                                const uint8_t *tag_key, uint64_t number);

/* Masks a sealed packet in place (PROTOCOL.md 3.2): the header, in clear packets the payload too. */
SPT_CHECKED int spt_packet_mask(uint8_t *packet, size_t size, const uint8_t mask_key[32]);

/* Unmasks a packet in place when the header that comes out has version 1, payload_length = size - 42 and a
 * session_id other than 0; else SPT_E_PACKET, and the packet is as it was. */
SPT_CHECKED int spt_packet_unmask(uint8_t *packet, size_t size, const uint8_t mask_key[32]);

/* 1 when the n bytes are equal, else 0; the time tells nothing about where they differ. */
SPT_CHECKED int spt_constant_time_equal(const uint8_t *a, const uint8_t *b, size_t n);

/* Sets n bytes to 0, even where a compiler sees that they are never read again. */
SPT_API void spt_wipe(void *p, size_t n);

/* Fills out with random bytes fit for keys: getrandom(2) on Linux; elsewhere the platform's spt_port_random. */
SPT_CHECKED int spt_random(uint8_t *out, size_t n);

#if !defined(__linux__) && !defined(SPT_PORT_RANDOM)
#define SPT_PORT_RANDOM
#endif
#ifdef SPT_PORT_RANDOM
/* What a platform without getrandom brings: fills out and returns 0, or a negative value when its source is not
 * ready. */
int spt_port_random(uint8_t *out, size_t n);
#endif

#ifdef __cplusplus
}
#endif

#endif
