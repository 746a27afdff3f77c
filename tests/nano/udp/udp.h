/* UDP sockets of 127.0.0.1, for a nanoCLR on a desktop. None of the calls waits. */
#ifndef SPRINGTAIL_TEST_UDP_H
#define SPRINGTAIL_TEST_UDP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A handle, or -1; port 0 is one of the system's choice. */
int udp_open(int port);

void udp_close(int handle);

/* How many are open. */
int udp_count(void);

void udp_send(int handle, int port, const uint8_t *data, unsigned size);

/* The size of a datagram that was there, cut to size, or -1; its port in the first two bytes of from. */
int udp_receive(int handle, uint8_t *data, unsigned size, uint8_t from[2]);

/* Of the file of that name in the folder NANO_BOARD as much as fits; how much, or -1. A name has 1 to 16 small letters. */
int udp_read_file(const uint8_t *name, unsigned name_size, uint8_t *data, unsigned size);

/* 0, or -1 when there is no random source. */
int udp_random(uint8_t *data, unsigned size);

#ifdef __cplusplus
}
#endif

#endif
