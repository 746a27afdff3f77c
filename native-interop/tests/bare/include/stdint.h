/* GCC brings its own where there is no C library. */
#include <stdint-gcc.h>
