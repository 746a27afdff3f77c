/* Of ESP-IDF, what board.c calls; board.c of the tests plays it. */
#ifndef ESP_WIFI_H
#define ESP_WIFI_H

#include <stdint.h>

#define ESP_OK 0

typedef int esp_err_t;
typedef struct
{
    int8_t rssi;
} wifi_ap_record_t;

esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t *network);

#endif
