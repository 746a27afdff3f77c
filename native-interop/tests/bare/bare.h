/* What the two machines bring. */
#ifndef BARE_H
#define BARE_H

#include <stdint.h>

void bare_put(char c);
_Noreturn void bare_exit(int code);

/* Instructions so far (rv32), or cycles of an ideal machine, which are the same under -icount shift=0 (lx106). */
uint32_t bare_instructions(void);

/* The test or benchmark; its result is the machine's exit code. */
int bare_main(void);

/* Called by the start-up code. */
_Noreturn void bare_start(void);

#endif
