/* SHA-256 (FIPS 180-4) of any number of bytes. */
#include "internal.h"

const uint32_t spt_sha256_initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

void spt_sha256_start(sha256 *s, const uint32_t state[8], uint32_t length)
{
    memcpy(s->h, state, sizeof s->h);
    s->length_low = length;
    s->length_high = 0;
}

void spt_sha256_update(sha256 *s, const uint8_t *in, size_t n)
{
    size_t held = s->length_low % 64;
    uint64_t length = ((uint64_t)s->length_high << 32 | s->length_low) + n;
    s->length_low = (uint32_t)length;
    s->length_high = (uint32_t)(length >> 32);

    while (n != 0)
    {
        size_t part = n - n % 64;
        if (held == 0 && part != 0 && is_aligned(in))
            spt_sha256_blocks(s->h, s->h, in, part / 64);
        else
        {
            part = 64 - held < n ? 64 - held : n;
            memcpy(s->block + held, in, part);
            held = (held + part) % 64;
            if (held == 0)
                spt_sha256_blocks(s->h, s->h, s->block, 1);
        }
        in += part;
        n -= part;
    }
}

void spt_sha256_finish(sha256 *s)
{
    uint8_t padding[72] = {0x80};
    uint64_t bits = ((uint64_t)s->length_high << 32 | s->length_low) << 3;
    size_t n = 64 - (s->length_low + 8) % 64;
    spt_reverse_bytes(padding + n, &bits, 8);
    spt_sha256_update(s, padding, n + 8);
}

void spt_store_words_be(uint8_t out[32], const uint32_t words[8])
{
    for (unsigned i = 0; i < 8; i++)
        store32_be(out + 4 * i, words[i]);
}

void spt_sha256_end(sha256 *s, uint8_t out[32])
{
    spt_sha256_finish(s);
    spt_store_words_be(out, s->h);
    spt_wipe(s, sizeof *s);
}

void spt_sha256(uint8_t out[32], const uint8_t *in, size_t n)
{
    sha256 s;
    spt_sha256_start(&s, spt_sha256_initial, 0);
    spt_sha256_update(&s, in, n);
    spt_sha256_end(&s, out);
    spt_wipe_stack(320);
}
