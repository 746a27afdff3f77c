/* Any packet under any protection: refused and unchanged, but for what was sealed under the same keys. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    uint8_t keys[64], bytes[8];
    int protection = take_byte(&in) % 5 - 1;
    uint8_t kind = take_byte(&in);
    take(&in, bytes, sizeof bytes);
    memset(keys, kind, sizeof keys);
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | bytes[i];

    size_t n = in.left;
    uint8_t *packet = copy_of(in.at, n);
    int fits = n >= SPT_PACKET_MIN && n <= SPT_PACKET_MAX && protection >= 0 && protection <= 2;
    int result = spt_packet_open(packet, n, protection, keys, keys + 32, number);
    must(result == (fits ? SPT_E_TAG : SPT_E_ARGUMENT));
    must(n == 0 || memcmp(packet, in.at, n) == 0);

    must(spt_packet_seal(packet, n, protection, keys, keys + 32, number) == (fits ? 0 : SPT_E_ARGUMENT));
    if (fits)
    {
        size_t at = (size_t)(number % n);
        if (kind & 0x80)
            packet[at] ^= 1;
        uint8_t *before = copy_of(packet, n);
        result = spt_packet_open(packet, n, protection, keys, keys + 32, number);
        must(result == (kind & 0x80 ? SPT_E_TAG : 0));
        must(memcmp(packet, kind & 0x80 ? before : in.at, n - SPT_PACKET_TAG) == 0);
        free(before);
    }
    free(packet);
    return 0;
}
