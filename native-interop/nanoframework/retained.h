/* A little memory that outlives deep sleep, for what a device saves of a session (PROTOCOL.md 16). */
#ifndef SPRINGTAIL_RETAINED_H
#define SPRINGTAIL_RETAINED_H

#include <stddef.h>
#include <stdint.h>

#define SPT_RETAINED_SIZE 512

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps a copy of n bytes, at most SPT_RETAINED_SIZE, in place of what was kept; n = 0 only erases that. */
void spt_retain(const uint8_t *data, size_t n);

/* Copies what is kept, erases it, and returns its length; 0 when nothing is kept or it is damaged. */
size_t spt_take_retained(uint8_t out[SPT_RETAINED_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
