/* What the tests share; works with and without an operating system. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stddef.h>
#include <stdint.h>

/* Writes text to wherever the test's output goes. */
void say(const char *text);
void say_number(unsigned long n);

/* Counts, and names what failed. */
void check(int ok, const char *what, unsigned long index);
extern unsigned long checks, failures;

/* Bytes of a hex string, at most `room`; returns their number. */
size_t from_hex(uint8_t *out, size_t room, const char *hex);

/* Repeatable random numbers (splitmix64), nothing for keys. */
uint64_t random_next(uint64_t *state);
void random_fill(uint64_t *state, uint8_t *out, size_t n);

/* All known answers; those that take seconds on a small board only when long_run is not 0. */
void known_answers(int long_run);

/* Every function that touches a secret, for a checker; "branch" and "address": a leak of that kind. */
int secrets(const char *what);

/* Says the counts; 0 when nothing failed, else 1. */
int summary(void);

#endif
