/* Any datagram, unmasked and masked again: as it was, whether or not it made sense. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint8_t key[32];
    uint8_t kind = take_byte(&in);
    take(&in, key, kind & 1 ? 32 : 0);
    if (!(kind & 1))
        memset(key, 0, sizeof key);

    /* Every second time the rest is a plain packet that is masked first, so that unmask gets past its checks. */
    size_t n = in.left;
    uint8_t *packet = copy_of(in.at, n);
    int masked = kind & 2 ? spt_packet_mask(packet, n, key) : 0;
    must((masked == 0) == (!(kind & 2) || (n >= SPT_PACKET_MIN && n <= SPT_PACKET_MAX)));
    uint8_t *before = copy_of(packet, n);
    int result = spt_packet_unmask(packet, n, key);
    if (result == 0)
    {
        must(n >= SPT_PACKET_MIN && n <= SPT_PACKET_MAX);
        must(packet[0] >> 4 == SPT_PACKET_VERSION && !all_zero(packet + 4, 8));
        must(((size_t)packet[24] << 8 | packet[25]) == n - SPT_PACKET_MIN);
        must(spt_packet_mask(packet, n, key) == 0);
    }
    must(n == 0 || memcmp(packet, before, n) == 0);
    free(packet);
    free(before);
    return 0;
}
