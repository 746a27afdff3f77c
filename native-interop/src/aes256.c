/* AES-256 encryption (FIPS 197): the key expansion, and two blocks at a time. */
#include "internal.h"

/* The round keys of a round of nothing but the S-box: 0, and by slices 0x63 in every byte. */
static const uint32_t no_keys[2][8] = {{0}, {~0u, ~0u, 0, 0, 0, ~0u, ~0u, 0}};

/* Row r moved up by r columns, so that column c is found at column c + r. */
static uint32_t undo_shift_rows(uint32_t x)
{
    uint32_t result = 0;
    for (unsigned r = 0; r < 4; r++)
    {
        uint32_t row = x >> 8 * r & 0xff;
        result |= ((row << 2 * r | row >> (8 - 2 * r)) & 0xff) << 8 * r;
    }
    return result;
}

/* In a last round rows move by two columns at most: with the same in columns 0 and 2 that changes nothing there. */
static uint32_t substitute_word(uint32_t x)
{
    uint32_t q[8] = {[0] = x, [4] = x};
    spt_aes256_rounds(q, no_keys[0], 1);
    x = q[0];
    spt_wipe(q, sizeof q);
    return x;
}

void spt_aes256_set(aes256 *a, const uint8_t key[32])
{
    uint32_t w[8]; /* the last eight words of the key expansion, little-endian */
    uint32_t round_constant = 1;
    memcpy(w, key, sizeof w);

    for (unsigned round = 0; round <= 14; round++)
    {
        uint32_t *half = w + 4 * (round % 2), *slices = a->round_key[round];
        if (round >= 2)
        {
            if (round % 2 == 0)
            {
                half[0] ^= substitute_word(rotate_right(w[7], 8)) ^ round_constant;
                round_constant <<= 1;
            }
            else
                half[0] ^= substitute_word(w[3]);
            half[1] ^= half[0];
            half[2] ^= half[1];
            half[3] ^= half[2];
        }
        for (unsigned i = 0; i < 4; i++)
            slices[2 * i] = slices[2 * i + 1] = half[i];
        spt_aes256_transpose(slices);
        if (round % 2 != 0)
            for (unsigned i = 0; i < 8; i++)
                slices[i] = undo_shift_rows(slices[i]);
        for (unsigned i = 0; i < 8; i++)
            slices[i] ^= no_keys[round != 0][i];
    }
    spt_wipe(w, sizeof w);
}

void spt_aes256_encrypt_two(const aes256 *a, uint32_t blocks[8])
{
    spt_aes256_rounds(blocks, a->round_key[0], 14);
}
