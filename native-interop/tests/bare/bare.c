#include "bare.h"
#include "../harness.h"
#include "springtail_crypto.h"

void say(const char *text)
{
    while (*text != 0)
        bare_put(*text++);
}

/* Repeatable, for tests: a board has a real one. */
int spt_port_random(uint8_t *out, size_t n)
{
    static uint64_t state = 1;
    random_fill(&state, out, n);
    return 0;
}

void bare_start(void)
{
    bare_exit(bare_main());
}
