/*
 * SPAKE2 over P-256 with SHA-256 (RFC 9382). The client is A and blinds with M, the server is B and blinds with N.
 *
 * w is kept from whoever sees the shares by x G alone, so x G never leaves this file without w M in it.
 */
#include "internal.h"

/* Bit by bit: r = 2 r + bit, and n off when it is n or more. */
static OWN_FRAME void reduce(uint8_t w[32], const uint8_t in[40])
{
    limb r[LIMBS] = {0}, less[LIMBS];
    for (unsigned i = 0; i < 320; i++)
    {
        uint32_t carry = spt_limbs_add(r, r, r, ALL_ONES);
        r[0] |= (limb)in[i / 8] >> (7 - i % 8) & 1;
        uint32_t borrow = spt_limbs_sub(less, r, spt_p256_order);
        spt_limbs_move_if(r, less, carry | (borrow ^ 1));
    }
    spt_reverse_bytes(w, r, 32);
    spt_wipe(r, sizeof r);
    spt_wipe(less, sizeof less);
}

void spt_spake2_scalar(uint8_t w[32], const uint8_t in[40])
{
    reduce(w, in);
    spt_wipe_stack(240);
}

/* private_key G + w M, or w N. */
static OWN_FRAME int share_of(uint8_t share[64], const uint8_t w[32], const uint8_t private_key[32], int side)
{
    p256_jacobian r;
    p256_affine blind;
    uint32_t valid = spt_p256_multiply_fixed(&r, w, side == SPT_CLIENT ? spt_spake2_m_table : spt_spake2_n_table, 4);
    spt_p256_to_affine(&blind, &r);
    valid &= spt_p256_multiply_fixed(&r, private_key, spt_p256_base_table, 5);
    valid &= spt_p256_point_add(&r, &blind);
    spt_p256_to_affine(&blind, &r);
    valid = ct_reveal(valid);
    if (valid != 0)
        spt_p256_store_point(share, &blind);
    else
        clear(share, 64);
    spt_wipe(&r, sizeof r);
    spt_wipe(&blind, sizeof blind);
    return valid != 0 ? 0 : SPT_E_KEY;
}

/* point = private_key (peer_share - w N), or - w M. */
static OWN_FRAME int point_of(uint8_t point[64], const uint8_t w[32], const uint8_t private_key[32],
                              const uint8_t peer_share[64], int side)
{
    p256_jacobian r;
    p256_affine p;
    uint32_t valid = spt_p256_multiply_fixed(&r, w, side == SPT_CLIENT ? spt_spake2_n_table : spt_spake2_m_table, 4);
    spt_p256_negate_if(&r.y, 1);
    valid &= spt_p256_load_point(&p, peer_share);
    valid &= spt_p256_point_add(&r, &p);
    /* Whoever made the share knows whether it is w N, if he knows w; nobody else makes one. */
    valid = ct_reveal(valid);
    if (valid != 0)
    {
        valid = ct_reveal(spt_p256_multiply(&p, private_key, &r));
        spt_p256_store_point(point, &p);
    }
    spt_wipe(&r, sizeof r);
    spt_wipe(&p, sizeof p);
    return valid != 0 ? 0 : SPT_E_KEY;
}

/* A part of TT, after its length as 8 bytes, the lowest first. */
static void add_part(sha256 *s, const uint8_t *part, size_t n)
{
    uint64_t length = n;
    spt_sha256_update(s, (const uint8_t *)&length, 8);
    spt_sha256_update(s, part, n);
}

static void add_point(sha256 *s, const uint8_t point[64])
{
    static const uint8_t head[] = {65, 0, 0, 0, 0, 0, 0, 0, 4}; /* its length, and "not compressed" */
    spt_sha256_update(s, head, sizeof head);
    spt_sha256_update(s, point, 64);
}

static OWN_FRAME void hash_tt(uint8_t key[32], const uint8_t w[32], const uint8_t client_share[64],
                              const uint8_t server_share[64], const uint8_t point[64], const uint8_t *client_id,
                              size_t client_id_len, const uint8_t *server_id, size_t server_id_len)
{
    sha256 s;
    spt_sha256_start(&s, spt_sha256_initial, 0);
    add_part(&s, client_id, client_id_len);
    add_part(&s, server_id, server_id_len);
    add_point(&s, client_share);
    add_point(&s, server_share);
    add_point(&s, point);
    add_part(&s, w, 32);
    spt_sha256_end(&s, key);
}

int spt_spake2_share(uint8_t share[64], const uint8_t w[32], const uint8_t private_key[32], int side)
{
    if (side != SPT_CLIENT && side != SPT_SERVER)
    {
        clear(share, 64);
        return SPT_E_ARGUMENT;
    }
    int result = share_of(share, w, private_key, side);
    spt_wipe_stack(1024);
    return result;
}

int spt_spake2_key(uint8_t key[32], const uint8_t w[32], const uint8_t private_key[32], const uint8_t share[64],
                   const uint8_t peer_share[64], int side, const uint8_t *client_id, size_t client_id_len,
                   const uint8_t *server_id, size_t server_id_len)
{
    uint8_t point[64];
    clear(key, 32);
    if (side != SPT_CLIENT && side != SPT_SERVER)
        return SPT_E_ARGUMENT;
    int result = point_of(point, w, private_key, peer_share, side);
    if (result == 0)
        hash_tt(key, w, side == SPT_CLIENT ? share : peer_share, side == SPT_CLIENT ? peer_share : share, point,
                client_id, client_id_len, server_id, server_id_len);
    spt_wipe(point, sizeof point);
    spt_wipe_stack(1792);
    return result;
}
