/* X25519 (RFC 7748): the Montgomery ladder on y^2 = x^3 + 486662 x^2 + x modulo p = 2^255 - 19. */
#include "internal.h"

typedef x25519_fe fe;

static const fe one = {{1}};

#define ONES 0xffffffff
static const limb prime[LIMBS] = {LIMBS_OF(0xffffffed, ONES, ONES, ONES, ONES, ONES, ONES, 0x7fffffff)};

static const spt_modulus modulus = {
    {{0x3fffffed, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x7fff}},
    0x179435e5,
    {{1}},
};

void spt_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    struct
    {
        uint8_t k[32];
        fe x1, x2, z2, x3, z3, a, b, c, d, e;
    } s;

    memcpy(s.k, scalar, sizeof s.k);
    s.k[0] &= 0xf8;
    s.k[31] = (uint8_t)((s.k[31] & 0x7f) | 0x40);
    memcpy(&s.x1, point, 32);
    s.x1.v[LIMBS - 1] &= ALL_ONES >> 1;
    s.x2 = s.z3 = one;
    memset(&s.z2, 0, sizeof s.z2);
    s.x3 = s.x1;

    /*
     * Of m P and (m + 1) P, m being the bits of k so far, (x2 : z2) is the one that was doubled last and (x3 : z3) the
     * other: m P and (m + 1) P when the last bit was 0, exchanged when it was 1. Their sum is the same either way.
     */
    uint32_t last = 0;
    for (unsigned i = 255; i-- != 0;)
    {
        uint32_t bit = (uint32_t)s.k[i / 8] >> i % 8 & 1;
        spt_25519_add(&s.a, &s.x2, &s.z2);
        spt_25519_sub(&s.b, &s.x2, &s.z2);
        spt_25519_add(&s.c, &s.x3, &s.z3);
        spt_25519_sub(&s.d, &s.x3, &s.z3);
        spt_25519_mul(&s.x3, &s.d, &s.a); /* DA of RFC 7748 */
        spt_25519_mul(&s.z3, &s.c, &s.b); /* CB */
        spt_25519_add(&s.e, &s.x3, &s.z3);
        spt_25519_sub(&s.z3, &s.x3, &s.z3);
        spt_25519_square(&s.x3, &s.e);
        spt_25519_square(&s.z3, &s.z3);
        spt_25519_mul(&s.z3, &s.z3, &s.x1);

        spt_limbs_move_if(s.a.v, s.c.v, bit ^ last); /* the one to double */
        spt_limbs_move_if(s.b.v, s.d.v, bit ^ last);
        last = bit;
        spt_25519_square(&s.a, &s.a); /* AA */
        spt_25519_square(&s.b, &s.b); /* BB */
        spt_25519_mul(&s.x2, &s.a, &s.b);
        spt_25519_sub(&s.b, &s.a, &s.b); /* E */
        spt_25519_add_times(&s.a, s.a.v, s.b.v, 121665);
        spt_25519_mul(&s.z2, &s.b, &s.a);
    }
    /* The last three bits are 0: (x2 : z2) is k P. */

    spt_limbs_bring_below(s.z2.v, prime);
    spt_invert(s.z2.v, s.z2.v, &modulus);
    spt_25519_mul(&s.x2, &s.x2, &s.z2);
    spt_limbs_bring_below(s.x2.v, prime);
    memcpy(out, &s.x2, 32);
    spt_wipe(&s, sizeof s);
    spt_wipe_stack(512);
}

int spt_x25519_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[32])
{
    uint32_t any = 0;
    spt_x25519(secret, private_key, peer_public_key);
    for (unsigned i = 0; i < 32; i++)
        any |= secret[i];
    return ct_reveal(ct_nonzero(any)) != 0 ? 0 : SPT_E_KEY;
}

int spt_x25519_keypair(uint8_t public_key[32], uint8_t private_key[32])
{
    static const uint8_t base_point[32] = {9};
    if (spt_random(private_key, 32) != 0)
    {
        spt_wipe(public_key, 32);
        return SPT_E_RANDOM;
    }
    spt_x25519(public_key, private_key, base_point);
    return 0;
}
