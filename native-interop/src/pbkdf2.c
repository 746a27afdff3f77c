/* PBKDF2-HMAC-SHA256 (RFC 8018 5.2), whole and in steps. */
#include "internal.h"

/* What an spt_pbkdf2_context holds. It may come from a managed array that others can write: nothing in it is used as
 * an index without a bound. */
typedef struct
{
    hmac_key key;
    sha256 salted;       /* the inner hash after the salt, where every block begins */
    uint32_t u[8];       /* U of the last iteration */
    uint32_t t[8];       /* their sum so far */
    uint32_t iterations; /* per block */
    uint32_t left;       /* of this block; 0: the block has not begun */
    uint32_t block;      /* blocks done */
} context_fields;

_Static_assert(sizeof(context_fields) <= sizeof(spt_pbkdf2_context), "the context is too small");

static void block_begin(context_fields *c)
{
    uint32_t block = c->block + 1;
    uint8_t number[4];
    sha256 s = c->salted;
    spt_reverse_bytes(number, &block, 4);
    spt_sha256_update(&s, number, 4);
    spt_hmac_end(&s, &c->key, (uint8_t *)c->t); /* as bytes, of which the next line makes words */
    spt_store_words_be((uint8_t *)c->u, c->t);
    memcpy(c->t, c->u, sizeof c->t);
    c->left = c->iterations;
}

/* Does n iterations of the block in hand; the first is the one that begins it. in: 1 <= n <= left (iterations when left
 * is 0). */
static OWN_FRAME void block_run(context_fields *c, uint32_t n)
{
    if (c->left == 0)
    {
        block_begin(c);
        c->left--;
        n--;
    }
    c->left -= n;

    uint32_t block[16];
    spt_hmac_block(block, c->u);
    while (n-- != 0)
    {
        spt_sha256_block(block, c->key.inner, block);
        spt_sha256_block(block, c->key.outer, block);
        for (unsigned i = 0; i < 8; i++)
            c->t[i] ^= block[i];
    }
    memcpy(c->u, block, sizeof c->u);
    spt_wipe(block, sizeof block);
}

/* A block of the output, or as much of it as there is room for. */
static void block_write(uint8_t *out, size_t room, const uint32_t t[8])
{
    uint8_t bytes[32];
    spt_store_words_be(bytes, t);
    memcpy(out, bytes, room < 32 ? room : 32);
    spt_wipe(bytes, sizeof bytes);
}

int spt_pbkdf2_start(spt_pbkdf2_context *context, const uint8_t *password, size_t password_len, const uint8_t *salt,
                     size_t salt_len, uint32_t iterations)
{
    context_fields *c = (context_fields *)(void *)context;
    spt_wipe(context, sizeof *context);
    if (iterations == 0)
        return SPT_E_ARGUMENT;

    spt_hmac_key_set(&c->key, password, password_len);
    spt_hmac_start(&c->salted, &c->key);
    spt_sha256_update(&c->salted, salt, salt_len);
    c->iterations = iterations;
    spt_wipe_stack(512);
    return 0;
}

int spt_pbkdf2_step(spt_pbkdf2_context *context, uint8_t *out, size_t out_len, uint32_t iterations)
{
    context_fields *c = (context_fields *)(void *)context;
    if (is_above(out_len, (uint64_t)0xffffffff * 32) || c->iterations == 0)
    {
        spt_wipe(out, out_len);
        return SPT_E_ARGUMENT;
    }

    size_t blocks = out_len / 32 + (out_len % 32 != 0);
    if (iterations == 0)
        iterations = 1;
    while (c->block < blocks)
    {
        if (iterations == 0)
            break;
        uint32_t left = c->left != 0 ? c->left : c->iterations;
        uint32_t n = iterations < left ? iterations : left;
        block_run(c, n);
        iterations -= n;
        if (c->left == 0)
        {
            size_t at = (size_t)c->block * 32;
            block_write(out + at, out_len - at, c->t);
            c->block++;
        }
    }
    spt_wipe_stack(512);
    return c->block < blocks ? SPT_MORE : 0;
}

void spt_pbkdf2_finish(spt_pbkdf2_context *context)
{
    spt_wipe(context, sizeof *context);
}

int spt_pbkdf2_hmac_sha256(uint8_t *out, size_t out_len, const uint8_t *password, size_t password_len,
                           const uint8_t *salt, size_t salt_len, uint32_t iterations)
{
    spt_pbkdf2_context c;
    int result = spt_pbkdf2_start(&c, password, password_len, salt, salt_len, iterations);
    if (result == 0)
        while ((result = spt_pbkdf2_step(&c, out, out_len, 0xffffffff)) == SPT_MORE)
            continue;
    if (result != 0)
        spt_wipe(out, out_len);
    spt_pbkdf2_finish(&c);
    return result;
}
