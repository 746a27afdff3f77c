/* What the glue reads of an ESP32, whose ESP-IDF is played: each call may fail, and a sensor is off and given back
 * whatever happens. */
#define ESP_PLATFORM
#include "../nanoframework/board.c"

#include "harness.h"

#include <stddef.h>

enum fault
{
    NONE,
    NO_NETWORK,
    NO_SENSOR,
    NOT_ENABLED,
    NOT_READ,
    FAULTS
};

static enum fault fault;
static int8_t rssi;
static float celsius;
static int installed, enabled, quiet;

esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t *network)
{
    network->rssi = rssi;
    return fault == NO_NETWORK;
}

void esp_log_level_set(const char *tag, int level)
{
    quiet = tag[0] == 't' && level == ESP_LOG_WARN;
}

esp_err_t temperature_sensor_install(const temperature_sensor_config_t *wanted, temperature_sensor_handle_t *sensor)
{
    check(quiet && !installed && wanted->range_min == -10 && wanted->range_max == 80, "installed once, in quiet", 0);
    *sensor = NULL;
    installed = fault != NO_SENSOR;
    return !installed;
}

esp_err_t temperature_sensor_uninstall(temperature_sensor_handle_t sensor)
{
    check(sensor == NULL && installed && !enabled, "given back when it is off", 0);
    installed = 0;
    return ESP_OK;
}

esp_err_t temperature_sensor_enable(temperature_sensor_handle_t sensor)
{
    (void)sensor;
    enabled = fault != NOT_ENABLED;
    return !enabled;
}

esp_err_t temperature_sensor_disable(temperature_sensor_handle_t sensor)
{
    (void)sensor;
    enabled = 0;
    return ESP_OK;
}

esp_err_t temperature_sensor_get_celsius(temperature_sensor_handle_t sensor, float *degrees)
{
    (void)sensor;
    *degrees = celsius;
    return fault == NOT_READ;
}

int main(void)
{
    static const float degrees[] = {21.54f, 43.26f, 0.04f, -0.04f, -0.06f, -39.96f, 124.96f};
    static const int32_t tenths[] = {215, 433, 0, 0, -1, -400, 1250};
    for (fault = NONE; fault < FAULTS; fault++)
        for (size_t i = 0; i < sizeof tenths / sizeof tenths[0]; i++)
        {
            rssi = (int8_t)(-30 - 10 * (int)i);
            celsius = degrees[i];
            check(spt_board_signal() == (fault == NO_NETWORK ? SPT_UNKNOWN : rssi), "the signal, or that it is unknown",
                  i);
            check(spt_board_temperature() == (fault > NO_NETWORK ? SPT_UNKNOWN : tenths[i]),
                  "the temperature, or that it is unknown", i);
            check(!installed && !enabled, "nothing stays on", i);
        }

    return summary();
}
