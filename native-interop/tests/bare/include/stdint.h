/* The compilers' own, without an operating system's. */
#if defined(__clang__)
#include_next <stdint.h>
#else
#include <stdint-gcc.h>
#endif
