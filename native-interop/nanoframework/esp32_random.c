/*
 * The random source on ESP32. The hardware generator is fit for keys only while the radio feeds it with noise
 * (ESP-IDF, "Random Number Generation"), so without a started Wi-Fi there is no random number: PROTOCOL.md 20.
 */
#if defined(ESP_PLATFORM)

#include "springtail_crypto.h"

#include <esp_random.h>
#include <esp_wifi.h>

int spt_port_random(uint8_t *out, size_t n)
{
    /* Of the calls that change nothing, the one that tells a started radio from one that is only initialised. */
    int8_t power;
    if (esp_wifi_get_max_tx_power(&power) != ESP_OK)
        return -1;
    esp_fill_random(out, n);
    return 0;
}

#endif
