#ifndef ESP_LOG_H
#define ESP_LOG_H

#define ESP_LOG_WARN 2

void esp_log_level_set(const char *tag, int level);

#endif
