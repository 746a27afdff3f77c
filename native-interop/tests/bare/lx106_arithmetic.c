/* What Debian's libgcc for lx106 leaves to the chip's ROM. The product takes the same time for all values. */
#include <stdint.h>

uint64_t __muldi3(uint64_t a, uint64_t b);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);

uint64_t __muldi3(uint64_t a, uint64_t b)
{
    uint32_t a0 = (uint32_t)a, b0 = (uint32_t)b;
    uint32_t low_a = a0 & 0xffff, high_a = a0 >> 16, low_b = b0 & 0xffff, high_b = b0 >> 16;
    uint32_t low = low_a * low_b, middle = high_a * low_b + (low >> 16);
    uint32_t other = low_a * high_b + (middle & 0xffff);
    uint32_t high = high_a * high_b + (middle >> 16) + (other >> 16);
    high += a0 * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * b0;
    return (uint64_t)high << 32 | (uint32_t)(other << 16 | (low & 0xffff));
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
    uint32_t quotient = 0, rest = 0;
    for (unsigned i = 32; i-- != 0;)
    {
        rest = rest << 1 | (a >> i & 1);
        quotient <<= 1;
        if (rest >= b)
        {
            rest -= b;
            quotient |= 1;
        }
    }
    return quotient;
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
    return a - __udivsi3(a, b) * b;
}
