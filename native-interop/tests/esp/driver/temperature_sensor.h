#ifndef TEMPERATURE_SENSOR_H
#define TEMPERATURE_SENSOR_H

#include <esp_wifi.h>

typedef struct sensor *temperature_sensor_handle_t;
typedef struct
{
    int range_min, range_max;
} temperature_sensor_config_t;

#define TEMPERATURE_SENSOR_CONFIG_DEFAULT(min, max)                                                                    \
    {                                                                                                                  \
        min, max                                                                                                       \
    }

esp_err_t temperature_sensor_install(const temperature_sensor_config_t *range, temperature_sensor_handle_t *sensor);
esp_err_t temperature_sensor_uninstall(temperature_sensor_handle_t sensor);
esp_err_t temperature_sensor_enable(temperature_sensor_handle_t sensor);
esp_err_t temperature_sensor_disable(temperature_sensor_handle_t sensor);
esp_err_t temperature_sensor_get_celsius(temperature_sensor_handle_t sensor, float *degrees);

#endif
