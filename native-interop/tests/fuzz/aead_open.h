/* Any ciphertext is refused and gives no plaintext; what was sealed opens, and not once a bit has been altered. */
#include "fuzz.h"

static int seal(uint8_t *c, uint8_t *t, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad,
                size_t aad_len, const uint8_t *p, size_t n);
static int open(uint8_t *p, const uint8_t *key, const uint8_t *iv, size_t iv_len, const uint8_t *aad, size_t aad_len,
                const uint8_t *c, size_t n, const uint8_t *t);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint8_t key[32], tag[16], *iv, *aad, *text, *out, *sealed;
    uint8_t iv_len = take_byte(&in), aad_len = take_byte(&in), alter = take_byte(&in);
    take(&in, key, sizeof key);
    take(&in, tag, sizeof tag);
    iv = malloc((size_t)iv_len + 1);
    aad = malloc((size_t)aad_len + 1);
    must(iv != NULL && aad != NULL);
    take(&in, iv, iv_len);
    take(&in, aad, aad_len);
    size_t n = in.left;
    text = copy_of(in.at, n);
    out = copy_of(in.at, n);
    sealed = copy_of(in.at, n);

    must(open(out, key, iv, iv_len, aad, aad_len, text, n, tag) != 0 && all_zero(out, n));
    int result = seal(sealed, tag, key, iv, iv_len, aad, aad_len, text, n);
    if (result == 0)
    {
        must(open(out, key, iv, iv_len, aad, aad_len, sealed, n, tag) == 0);
        must(n == 0 || memcmp(out, text, n) == 0);
        if (n != 0 && alter & 1)
            sealed[alter % n] ^= 0x20;
        else if (aad_len != 0 && alter & 2)
            aad[alter % aad_len] ^= 0x20;
        else
            tag[alter % 16] ^= 0x20;
        must(open(out, key, iv, iv_len, aad, aad_len, sealed, n, tag) == SPT_E_TAG && all_zero(out, n));
    }
    else
        must(all_zero(sealed, n) && all_zero(tag, sizeof tag));
    free(iv);
    free(aad);
    free(text);
    free(out);
    free(sealed);
    return 0;
}
