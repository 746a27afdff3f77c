/* Any shares: taken when on the curve and not the blind itself; both sides then agree, and another w gives another key.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint8_t wide[40], w[32], x[32], y[32], peer[64], mine[64], point[32], a[32], b[32];
    uint8_t kind = take_byte(&in);
    int side = kind & 1;
    take(&in, wide, sizeof wide);
    take(&in, x, sizeof x);
    take(&in, y, sizeof y);
    take(&in, peer, sizeof peer);
    size_t id = in.left / 2;

    spt_spake2_scalar(w, wide);
    int valid = spt_spake2_share(mine, w, x, side);
    must(valid == 0 || (valid == SPT_E_KEY && all_zero(mine, sizeof mine)));
    int honest = kind & 2 && spt_spake2_share(peer, w, y, !side) == 0;
    if (honest && kind & 4)
        peer[kind >> 3] ^= 1;
    int result = spt_spake2_key(a, w, x, mine, peer, side, in.at, id, in.at + id, in.left - id);
    must(result == 0 || (result == SPT_E_KEY && all_zero(a, sizeof a)));
    must(result != 0 || (valid == 0 && spt_p256_shared(point, x, peer) == 0)); /* which takes points of the curve */
    if (honest && !(kind & 4) && result == 0)
    {
        must(spt_spake2_key(b, w, y, peer, mine, !side, in.at, id, in.at + id, in.left - id) == 0);
        must(memcmp(a, b, sizeof a) == 0);
        w[31] ^= 2;
        must(spt_spake2_key(b, w, y, peer, mine, !side, in.at, id, in.at + id, in.left - id) != 0 ||
             memcmp(a, b, sizeof a) != 0);
    }
    return 0;
}
