/* memcpy and memset by words where both sides are aligned: what a board's own C library does. */
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((((uintptr_t)t | (uintptr_t)f) & 3) == 0)
    {
        for (; n >= 16; n -= 16, t += 16, f += 16)
        {
            word a = ((const word *)f)[0], b = ((const word *)f)[1], c = ((const word *)f)[2], d = ((const word *)f)[3];
            ((word *)t)[0] = a;
            ((word *)t)[1] = b;
            ((word *)t)[2] = c;
            ((word *)t)[3] = d;
        }
        for (; n >= 4; n -= 4, t += 4, f += 4)
            *(word *)t = *(const word *)f;
    }
    while (n-- != 0)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t <= (uintptr_t)f)
        while (n-- != 0)
            *t++ = *f++;
    else
        while (n-- != 0)
            t[n] = f[n];
    return to;
}

void *memset(void *p, int value, size_t n)
{
    uint8_t *t = p;
    uint8_t byte = (uint8_t)value;
    if (((uintptr_t)t & 3) == 0)
    {
        word w = byte * (word)0x01010101;
        for (; n >= 32; n -= 32, t += 32)
        {
            ((word *)t)[0] = w;
            ((word *)t)[1] = w;
            ((word *)t)[2] = w;
            ((word *)t)[3] = w;
            ((word *)t)[4] = w;
            ((word *)t)[5] = w;
            ((word *)t)[6] = w;
            ((word *)t)[7] = w;
        }
        for (; n >= 4; n -= 4, t += 4)
            *(word *)t = w;
    }
    while (n-- != 0)
        *t++ = byte;
    return p;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (; n != 0; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}
