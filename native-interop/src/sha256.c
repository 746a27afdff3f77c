/* SHA-256 (FIPS 180-4). */
#include "internal.h"

const uint32_t spt_sha256_initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* One round; the caller turns the names instead of moving the values. kw: the round's constant plus its word. */
static inline void round_of(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g,
                            uint32_t *h, uint32_t kw)
{
    *h += (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) + (g ^ (e & (f ^ g))) + kw;
    *d += *h;
    *h += (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + (b ^ ((a ^ b) & (b ^ c)));
}

/* Word t of the message schedule, in the place of word t - 16. */
static inline uint32_t next_word(uint32_t w[16], unsigned t)
{
    uint32_t x = w[(t + 1) % 16], y = w[(t + 14) % 16];
    return w[t % 16] += (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3) +
                        (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10) + w[(t + 9) % 16];
}

static inline uint32_t first_word(const uint32_t w[16], unsigned t)
{
    return w[t];
}

#define EIGHT(word, t)                                                                                                 \
    do                                                                                                                 \
    {                                                                                                                  \
        round_of(a, b, c, &d, e, f, g, &h, k[(t) + 0] + word(w, (t) + 0));                                             \
        round_of(h, a, b, &c, d, e, f, &g, k[(t) + 1] + word(w, (t) + 1));                                             \
        round_of(g, h, a, &b, c, d, e, &f, k[(t) + 2] + word(w, (t) + 2));                                             \
        round_of(f, g, h, &a, b, c, d, &e, k[(t) + 3] + word(w, (t) + 3));                                             \
        round_of(e, f, g, &h, a, b, c, &d, k[(t) + 4] + word(w, (t) + 4));                                             \
        round_of(d, e, f, &g, h, a, b, &c, k[(t) + 5] + word(w, (t) + 5));                                             \
        round_of(c, d, e, &f, g, h, a, &b, k[(t) + 6] + word(w, (t) + 6));                                             \
        round_of(b, c, d, &e, f, g, h, &a, k[(t) + 7] + word(w, (t) + 7));                                             \
    } while (0)

void spt_sha256_blocks(uint32_t state[8], const uint8_t *in, size_t n)
{
    uint32_t w[16];
    for (; n != 0; n--, in += 64)
    {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        const uint32_t *k = round_constants;

        for (unsigned i = 0; i < 16; i++)
            w[i] = load32_be(in + 4 * i);
        EIGHT(first_word, 0);
        EIGHT(first_word, 8);
        for (unsigned i = 0; i < 3; i++)
        {
            k += 16;
            EIGHT(next_word, 0);
            EIGHT(next_word, 8);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
    spt_wipe(w, sizeof w);
}

void spt_sha256_start(sha256 *s)
{
    memcpy(s->h, spt_sha256_initial, sizeof s->h);
    s->length_low = 0;
    s->length_high = 0;
}

void spt_sha256_update(sha256 *s, const uint8_t *in, size_t n)
{
    size_t held = s->length_low % 64;
    uint64_t length = ((uint64_t)s->length_high << 32 | s->length_low) + n;
    s->length_low = (uint32_t)length;
    s->length_high = (uint32_t)(length >> 32);

    if (held != 0)
    {
        size_t part = 64 - held < n ? 64 - held : n;
        copy(s->block + held, in, part);
        if (held + part < 64)
            return;
        spt_sha256_blocks(s->h, s->block, 1);
        in += part;
        n -= part;
    }
    size_t whole = n / 64;
    if (whole != 0)
    {
        spt_sha256_blocks(s->h, in, whole);
        in += 64 * whole;
    }
    copy(s->block, in, n % 64);
}

void spt_sha256_end(sha256 *s, uint8_t out[32])
{
    size_t held = s->length_low % 64;
    s->block[held++] = 0x80;
    if (held > 56)
    {
        memset(s->block + held, 0, 64 - held);
        spt_sha256_blocks(s->h, s->block, 1);
        held = 0;
    }
    memset(s->block + held, 0, 56 - held);
    store32_be(s->block + 56, s->length_high << 3 | s->length_low >> 29);
    store32_be(s->block + 60, s->length_low << 3);
    spt_sha256_blocks(s->h, s->block, 1);
    for (unsigned i = 0; i < 8; i++)
        store32_be(out + 4 * i, s->h[i]);
    spt_wipe(s, sizeof *s);
}

static OWN_FRAME void hash(uint8_t out[32], const uint8_t *in, size_t n)
{
    sha256 s;
    spt_sha256_start(&s);
    spt_sha256_update(&s, in, n);
    spt_sha256_end(&s, out);
}

void spt_sha256(uint8_t out[32], const uint8_t *in, size_t n)
{
    hash(out, in, n);
    spt_wipe_stack();
}
