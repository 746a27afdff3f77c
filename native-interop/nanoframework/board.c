#include "board.h"

#if defined(ESP_PLATFORM)
#include <esp_wifi.h>
#include <soc/soc_caps.h>

int32_t spt_board_signal(void)
{
    wifi_ap_record_t network;
    return esp_wifi_sta_get_ap_info(&network) == ESP_OK ? network.rssi : SPT_UNKNOWN;
}
#else
int32_t spt_board_signal(void)
{
    return SPT_UNKNOWN;
}
#endif

/* The first ESP32 has no sensor that ESP-IDF reads. */
#if defined(SOC_TEMP_SENSOR_SUPPORTED)
#include <driver/temperature_sensor.h>
#include <esp_log.h>

/* The range that is measured most exactly, to one degree; ESP-IDF changes it by itself when the chip is hotter or colder. */
static const temperature_sensor_config_t range = TEMPERATURE_SENSOR_CONFIG_DEFAULT(-10, 80);

/* Installed for the one value: nothing of it stays on, neither in light nor in deep sleep. Another program's sensor is left alone. */
int32_t spt_board_temperature(void)
{
    temperature_sensor_handle_t sensor;
    float degrees;
    int32_t tenths = SPT_UNKNOWN;
    esp_log_level_set("temperature_sensor", ESP_LOG_WARN); /* otherwise a line of its range for each reading */
    if (temperature_sensor_install(&range, &sensor) != ESP_OK)
        return SPT_UNKNOWN;
    if (temperature_sensor_enable(sensor) == ESP_OK)
    {
        if (temperature_sensor_get_celsius(sensor, &degrees) == ESP_OK)
            tenths = (int32_t)(degrees * 10 + (degrees < 0 ? -0.5f : 0.5f));
        temperature_sensor_disable(sensor);
    }
    temperature_sensor_uninstall(sensor);
    return tenths;
}
#else
int32_t spt_board_temperature(void)
{
    return SPT_UNKNOWN;
}
#endif
