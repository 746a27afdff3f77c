#include "harness.h"

unsigned long checks, failures;

void say_number(unsigned long n)
{
    char text[24], *p = text + sizeof text;
    *--p = 0;
    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    say(p);
}

void check(int ok, const char *what, unsigned long index)
{
    checks++;
    if (ok)
        return;
    failures++;
    say("FAILED: ");
    say(what);
    say(" ");
    say_number(index);
    say("\n");
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

size_t from_hex(uint8_t *out, size_t room, const char *hex)
{
    size_t n = 0;
    for (; hex[0] != 0 && n < room; hex += 2)
        out[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
    return n;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void random_fill(uint64_t *state, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)random_next(state);
}

int summary(void)
{
    say_number(checks);
    say(" checks, ");
    say_number(failures);
    say(" failed\n");
    return failures != 0;
}
