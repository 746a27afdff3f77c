/* The memory that outlives deep sleep: kept once, taken once, nothing that is not whole. */
#include "../nanoframework/retained.c"

#include "harness.h"

static void fill(uint8_t *out, size_t n, uint8_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(seed + i * 7);
}

static int is_wiped(void)
{
    const uint8_t *bytes = (const uint8_t *)&kept;
    for (size_t i = 0; i < sizeof kept; i++)
        if (bytes[i] != 0)
            return 0;
    return 1;
}

int main(void)
{
    uint8_t data[SPT_RETAINED_SIZE + 1], out[SPT_RETAINED_SIZE];

    check(spt_take_retained(out) == 0, "nothing is kept at first", 0);
    for (size_t n = 1; n <= SPT_RETAINED_SIZE; n++)
    {
        fill(data, n, (uint8_t)n);
        spt_retain(data, n);
        check(spt_take_retained(out) == n && spt_constant_time_equal(data, out, n), "what is kept is given", n);
        check(is_wiped() && spt_take_retained(out) == 0, "once, and wiped", n);
    }

    spt_retain(data, SPT_RETAINED_SIZE + 1);
    check(is_wiped(), "nothing too large is kept", 0);
    spt_retain(data, 9);
    spt_retain(data, 0);
    check(is_wiped(), "no bytes forget what was kept", 0);

    for (size_t i = 0; i < sizeof kept; i++)
    {
        spt_retain(data, 429);
        ((uint8_t *)&kept)[i] ^= 1;
        check(spt_take_retained(out) == 0 && is_wiped(), "altered, it is not given", i);
    }

    for (int i = 0; i < 1000; i++)
    {
        fill((uint8_t *)&kept, sizeof kept, (uint8_t)i);
        ((uint8_t *)&kept)[i % (int)sizeof kept] ^= (uint8_t)(i >> 3);
        check(spt_take_retained(out) == 0, "what memory holds after power-on is not given", (unsigned long)i);
    }

    return summary();
}
