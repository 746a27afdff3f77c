/* What the fuzz targets share: libFuzzer's entry, an input that is read piece by piece, a check that ends the run. */
#ifndef FUZZ_H
#define FUZZ_H

#include "springtail_crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct
{
    const uint8_t *at;
    size_t left;
} input;

/* The next n bytes; zeros where the input ends. */
static inline void take(input *in, void *out, size_t n)
{
    size_t part = n < in->left ? n : in->left;
    memset(out, 0, n);
    if (part != 0)
        memcpy(out, in->at, part);
    in->at += part;
    in->left -= part;
}

static inline uint8_t take_byte(input *in)
{
    uint8_t b;
    take(in, &b, 1);
    return b;
}

/* A copy of exactly n bytes, so that a sanitizer sees a step beyond; to be freed. */
static inline uint8_t *copy_of(const void *p, size_t n)
{
    uint8_t *c = malloc(n + (n == 0));
    if (c == NULL)
        abort();
    if (n != 0)
        memcpy(c, p, n);
    return c;
}

static inline void must(int ok)
{
    if (!ok)
        abort();
}

static inline int all_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

#endif
