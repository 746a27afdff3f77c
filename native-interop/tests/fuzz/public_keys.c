/* Any public keys: P-256 takes what is on the curve, X25519 what does not give zero; both sides then agree. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint8_t private_key[32], public_key[64], mine[64], a[32], b[32];
    uint8_t kind = take_byte(&in);
    take(&in, private_key, sizeof private_key);
    take(&in, public_key, sizeof public_key);

    int valid = spt_p256_public(mine, private_key);
    must(valid == 0 || (valid == SPT_E_KEY && all_zero(mine, sizeof mine)));
    if (kind & 1)
    {
        /* a good point, from the first half of the bytes, and with bit 1 set one coordinate negated or altered */
        memcpy(b, public_key, 32);
        if (spt_p256_public(public_key, b) != 0)
            return 0;
        if (kind & 2)
            public_key[kind >> 2] ^= 1;
    }
    int result = spt_p256_shared(a, private_key, public_key);
    if (result != 0)
        must(result == SPT_E_KEY && all_zero(a, sizeof a));
    else
        must(valid == 0);
    if (result == 0 && kind & 1 && !(kind & 2))
        must(spt_p256_shared(public_key, b, mine) == 0 && memcmp(a, public_key, 32) == 0);

    result = spt_x25519_shared(a, private_key, public_key);
    spt_x25519(b, private_key, public_key);
    must(memcmp(a, b, 32) == 0 && result == (all_zero(b, 32) ? SPT_E_KEY : 0));
    return 0;
}
