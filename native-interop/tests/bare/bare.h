/* What the two machines bring. */
#ifndef BARE_H
#define BARE_H

#include <stdint.h>

void bare_put(char c);
_Noreturn void bare_exit(int code);

/* A clock; it comes round in the end. */
uint32_t bare_clock(void);

/* The instructions that so much of the clock stands for, exactly. */
static inline uint32_t bare_instructions(uint32_t ticks)
{
#if defined(__riscv)
    return ticks; /* minstret */
#else
    return (uint32_t)((ticks * (uint64_t)25 + 128) / 256); /* ccount, 25 ns; an instruction takes 256 (machine_run) */
#endif
}

/* The test or benchmark; its result is the machine's exit code. */
int bare_main(void);

/* Called by the start-up code. */
_Noreturn void bare_start(void);

#endif
