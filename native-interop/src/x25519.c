/* X25519 (RFC 7748): the Montgomery ladder on y^2 = x^3 + 486662 x^2 + x modulo p = 2^255 - 19. */
#include "internal.h"

typedef x25519_fe fe;

#define TOP (LIMBS - 1)
#define STACK 960 /* of the functions called */

static const fe one = {{1}};

#define ONES 0xffffffff
static const limb prime[LIMBS] = {LIMBS_OF(0xffffffed, ONES, ONES, ONES, ONES, ONES, ONES, 0x7fffffff)};

static const spt_modulus modulus = {
    {{0x3fffffed, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x7fff}},
    0x179435e5,
    {{1}},
};

static const uint8_t base_point[32] = {9};

/* (x : z) = k times the point x1, by the ladder. */
static void ladder(fe *x, fe *z, const limb k[LIMBS], const fe *x1)
{
    struct
    {
        fe x3, z3, a, b, c, d, e;
    } s;
    *x = s.z3 = one;
    memset(z, 0, sizeof *z);
    s.x3 = *x1;

    /*
     * Of m P and (m + 1) P, m being the bits of k so far, (x : z) is the one that was doubled last and (x3 : z3) the
     * other: m P and (m + 1) P when the last bit was 0, exchanged when it was 1. Their sum is the same either way.
     */
    uint32_t last = 0;
    for (unsigned i = 255; i-- != 0;)
    {
        uint32_t bit = limbs_word(k, i / 32) >> i % 32 & 1;
        spt_25519_add(&s.a, x, z);
        spt_25519_sub(&s.b, x, z);
        spt_25519_add(&s.c, &s.x3, &s.z3);
        spt_25519_sub(&s.d, &s.x3, &s.z3);
        spt_25519_mul(&s.x3, &s.d, &s.a); /* DA of RFC 7748 */
        spt_25519_mul(&s.z3, &s.c, &s.b); /* CB */
        spt_25519_add(&s.e, &s.x3, &s.z3);
        spt_25519_sub(&s.z3, &s.x3, &s.z3);
        spt_25519_square(&s.x3, &s.e);
        spt_25519_square(&s.z3, &s.z3);
        spt_25519_mul(&s.z3, &s.z3, x1);

        spt_limbs_move_if(s.a.v, s.c.v, bit ^ last); /* the one to double */
        spt_limbs_move_if(s.b.v, s.d.v, bit ^ last);
        last = bit;
        spt_25519_square(&s.a, &s.a); /* AA */
        spt_25519_square(&s.b, &s.b); /* BB */
        spt_25519_mul(x, &s.a, &s.b);
        spt_25519_sub(&s.b, &s.a, &s.b); /* E */
        spt_25519_add_times(&s.a, s.a.v, s.b.v, 121665);
        spt_25519_mul(z, &s.b, &s.a);
    }
    /* The last three bits are 0: (x : z) is k P. */
    spt_wipe(&s, sizeof s);
}

/* 1 when the result is not 0. */
static OWN_FRAME uint32_t multiply(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    struct
    {
        limb k[LIMBS];
        fe x1, x, z;
    } s;
    memcpy(s.k, scalar, 32);
    s.k[0] &= ~(limb)7;
    s.k[TOP] = (s.k[TOP] & ALL_ONES >> 1) | (limb)1 << (SPT_LIMB_BITS - 2);
    if (spt_constant_time_equal(point, base_point, 32)) /* which is public */
        spt_x25519_base(&s.x, &s.z, s.k);
    else
    {
        memcpy(&s.x1, point, 32);
        s.x1.v[TOP] &= ALL_ONES >> 1;
        ladder(&s.x, &s.z, s.k, &s.x1);
    }

    spt_limbs_bring_below(s.z.v, prime);
    spt_invert(s.z.v, s.z.v, &modulus);
    spt_25519_mul(&s.x, &s.x, &s.z);
    spt_limbs_bring_below(s.x.v, prime);
    memcpy(out, &s.x, 32);
    limb any = 0;
    for (unsigned i = 0; i < LIMBS; i++)
        any |= s.x.v[i];
    spt_wipe(&s, sizeof s);
    return limb_nonzero(any);
}

void spt_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    (void)multiply(out, scalar, point);
    spt_wipe_stack(STACK);
}

int spt_x25519_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[32])
{
    uint32_t valid = ct_reveal(multiply(secret, private_key, peer_public_key));
    spt_wipe_stack(STACK);
    return valid != 0 ? 0 : SPT_E_KEY;
}

int spt_x25519_keypair(uint8_t public_key[32], uint8_t private_key[32])
{
    if (spt_random(private_key, 32) != 0)
    {
        spt_wipe(public_key, 32);
        return SPT_E_RANDOM;
    }
    spt_x25519(public_key, private_key, base_point);
    return 0;
}
