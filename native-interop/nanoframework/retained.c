/*
 * On ESP32 a place in RTC memory that no start clears: it outlives deep sleep and a restart, and not a loss of power. Elsewhere it lives as
 * long as the program. After power-on it holds anything at all: the hash tells.
 */
#include "retained.h"

#include "springtail_crypto.h"

#if defined(ESP_PLATFORM)
#include <esp_attr.h>
#else
#define RTC_NOINIT_ATTR
#endif

#define CHECK_SIZE 32

static RTC_NOINIT_ATTR struct
{
    uint32_t length;
    uint8_t data[SPT_RETAINED_SIZE];
    uint8_t check[CHECK_SIZE];
} kept;

static void hash(uint8_t out[CHECK_SIZE])
{
    spt_sha256(out, (const uint8_t *)&kept, sizeof kept - CHECK_SIZE);
}

void spt_retain(const uint8_t *data, size_t n)
{
    spt_wipe(&kept, sizeof kept);
    if (n == 0 || n > SPT_RETAINED_SIZE)
        return;
    kept.length = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        kept.data[i] = data[i];
    hash(kept.check);
}

size_t spt_take_retained(uint8_t out[SPT_RETAINED_SIZE])
{
    uint8_t check[CHECK_SIZE];
    size_t n = 0;
    hash(check);
    if (spt_constant_time_equal(check, kept.check, CHECK_SIZE) && kept.length <= SPT_RETAINED_SIZE)
    {
        n = kept.length;
        for (size_t i = 0; i < n; i++)
            out[i] = kept.data[i];
    }
    spt_wipe(&kept, sizeof kept);
    return n;
}
