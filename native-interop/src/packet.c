/* Packets, sealed and masked in place (PROTOCOL.md 3.1, 3.2). */
#include "internal.h"

#define HEADER SPT_PACKET_HEADER
#define TAG SPT_PACKET_TAG

static int size_fits(size_t size)
{
    return size >= SPT_PACKET_MIN && size <= SPT_PACKET_MAX;
}

/* nonce = u32(0) || u64(number), as words so that they are aligned. */
static void nonce_of(uint32_t nonce[3], uint64_t number)
{
    nonce[0] = 0;
    nonce[1] = swap_bytes((uint32_t)(number >> 32));
    nonce[2] = swap_bytes((uint32_t)number);
}

/* Clear packets, whose payload is masked with the header: SYN, SYN_ACK, EMERGENCY_*, RESUME and DISCOVERY. */
static int is_clear(const uint8_t *header)
{
    uint8_t type = header[1], subtype = header[2];
    switch (type)
    {
    case 0x01:
    case 0x02:
    case 0x0e:
        return 1;
    case 0x0c:
        return subtype == 3 || subtype == 4;
    case 0x0d:
        return subtype == 8;
    default:
        return 0;
    }
}

int spt_packet_seal(uint8_t *packet, size_t size, int protection, const uint8_t *cipher_key, const uint8_t *tag_key,
                    uint64_t number)
{
    if (!size_fits(size))
        return SPT_E_ARGUMENT;

    uint32_t words[3];
    const uint8_t *nonce = (const uint8_t *)words;
    uint8_t tag[32];
    size_t end = size - TAG;
    nonce_of(words, number);
    switch (protection)
    {
    case SPT_CHACHA20_HMAC:
        spt_chacha20(packet + HEADER, packet + HEADER, end - HEADER, cipher_key, nonce, 1);
        /* fall through */
    case SPT_CLEAR:
        spt_hmac_sha256(tag, tag_key, 32, packet, end);
        memcpy(packet + end, tag, TAG);
        spt_wipe(tag, sizeof tag);
        return 0;
    case SPT_CHACHA20_POLY1305:
        return spt_chacha20_poly1305_seal(packet + HEADER, packet + end, cipher_key, nonce, packet, HEADER,
                                          packet + HEADER, end - HEADER);
    default:
        return SPT_E_ARGUMENT;
    }
}

int spt_packet_open(uint8_t *packet, size_t size, int protection, const uint8_t *cipher_key, const uint8_t *tag_key,
                    uint64_t number)
{
    if (!size_fits(size))
        return SPT_E_ARGUMENT;

    uint32_t words[3];
    const uint8_t *nonce = (const uint8_t *)words;
    uint8_t tag[32];
    size_t end = size - TAG;
    uint32_t fits;
    nonce_of(words, number);
    switch (protection)
    {
    case SPT_CLEAR:
    case SPT_CHACHA20_HMAC:
        spt_hmac_sha256(tag, tag_key, 32, packet, end);
        fits = ct_reveal((uint32_t)spt_constant_time_equal(tag, packet + end, TAG));
        spt_wipe(tag, sizeof tag);
        spt_wipe_stack(32);
        if (fits == 0)
            return SPT_E_TAG;
        if (protection == SPT_CHACHA20_HMAC)
            spt_chacha20(packet + HEADER, packet + HEADER, end - HEADER, cipher_key, nonce, 1);
        return 0;
    case SPT_CHACHA20_POLY1305:
        return spt_chacha20_poly1305_open_if(packet + HEADER, cipher_key, nonce, packet, HEADER, packet + HEADER,
                                             end - HEADER, packet + end);
    default:
        return SPT_E_ARGUMENT;
    }
}

int spt_packet_mask(uint8_t *packet, size_t size, const uint8_t mask_key[32])
{
    if (!size_fits(size))
        return SPT_E_ARGUMENT;
    size_t end = size - TAG;
    spt_chacha20(packet, packet, is_clear(packet) ? end : HEADER, mask_key, packet + end, 0);
    return 0;
}

int spt_packet_unmask(uint8_t *packet, size_t size, const uint8_t mask_key[32])
{
    if (!size_fits(size))
        return SPT_E_ARGUMENT;

    uint8_t header[HEADER];
    size_t end = size - TAG;
    spt_chacha20(header, packet, HEADER, mask_key, packet + end, 0);
    CT_PUBLIC(header, sizeof header);

    uint32_t session_id = 0;
    for (unsigned i = 4; i < 12; i++)
        session_id |= header[i];
    size_t payload = (size_t)header[24] << 8 | header[25];
    if (header[0] >> 4 != SPT_PACKET_VERSION || payload != end - HEADER || session_id == 0)
        return SPT_E_PACKET;

    if (is_clear(header))
        spt_chacha20(packet, packet, end, mask_key, packet + end, 0);
    else
        memcpy(packet, header, HEADER);
    return 0;
}
