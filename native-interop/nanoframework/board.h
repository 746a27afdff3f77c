/* What an ESP32 knows of itself, for its readings. */
#ifndef SPRINGTAIL_BOARD_H
#define SPRINGTAIL_BOARD_H

#include <stdint.h>

/* In place of what the board cannot tell. */
#define SPT_UNKNOWN INT32_MIN

#ifdef __cplusplus
extern "C" {
#endif

/* Signal of the network that it is in, in dBm. */
int32_t spt_board_signal(void);

/* Temperature of the chip, in tenths of a degree Celsius. */
int32_t spt_board_temperature(void);

#ifdef __cplusplus
}
#endif

#endif
