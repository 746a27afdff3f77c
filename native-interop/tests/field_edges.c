/*
 * The field arithmetic at the edges of its stated ranges, against plain long arithmetic. The files are included as
 * they are, so that their inner functions can be called.
 */
#define modulus p256_modulus
#define prime p256_prime
#include "../src/p256_field.c"
#undef modulus
#undef prime
#include "../src/x25519.c"

#include "harness.h"

/* --- plain arithmetic on numbers of 20 words --- */

#define W 20

typedef struct
{
    uint32_t w[W];
} number;

static number small(uint32_t x)
{
    number n = {{x}};
    return n;
}

static number power(unsigned bit)
{
    number n = {{0}};
    n.w[bit / 32] = (uint32_t)1 << bit % 32;
    return n;
}

static number plus(number a, number b)
{
    uint64_t c = 0;
    for (unsigned i = 0; i < W; i++)
    {
        c += (uint64_t)a.w[i] + b.w[i];
        a.w[i] = (uint32_t)c;
        c >>= 32;
    }
    return a;
}

/* in: a not below b */
static number minus(number a, number b)
{
    uint64_t c = 1;
    for (unsigned i = 0; i < W; i++)
    {
        c += (uint64_t)a.w[i] + (uint32_t)~b.w[i];
        a.w[i] = (uint32_t)c;
        c >>= 32;
    }
    return a;
}

static int below(number a, number b)
{
    for (unsigned i = W; i-- != 0;)
        if (a.w[i] != b.w[i])
            return a.w[i] < b.w[i];
    return 0;
}

/* in: a, b below 2^288 */
static number times(number a, number b)
{
    number r = {{0}};
    for (unsigned i = 0; i < 9; i++)
    {
        uint64_t c = 0;
        for (unsigned j = 0; i + j < W; j++)
        {
            c += (uint64_t)a.w[i] * (j < 10 ? b.w[j] : 0) + r.w[i + j];
            r.w[i + j] = (uint32_t)c;
            c >>= 32;
        }
    }
    return r;
}

static number modulo(number a, number p)
{
    number r = {{0}};
    for (unsigned i = 32 * W; i-- != 0;)
    {
        r = plus(r, r);
        r.w[0] |= a.w[i / 32] >> i % 32 & 1;
        if (!below(r, p))
            r = minus(r, p);
    }
    return r;
}

static int same(number a, number b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static number of_limbs(const limb v[LIMBS])
{
    number n = {{0}};
    for (unsigned i = 0; i < 8; i++)
        n.w[i] = limbs_word(v, i);
    return n;
}

static void to_limbs(limb v[LIMBS], number n)
{
    memcpy(v, n.w, 32);
}

static int congruent(number a, number b, number p)
{
    return same(modulo(a, p), modulo(b, p));
}

/* --- values at the edges --- */

#define EDGES 42

static unsigned edges(number e[EDGES], number p)
{
    unsigned n = 0;
    number top = power(256), one_ = small(1);
    e[n++] = small(0);
    e[n++] = one_;
    e[n++] = small(2);
    e[n++] = small(19);
    e[n++] = small(37);
    e[n++] = small(38);
    e[n++] = small(0xffffffff);
    e[n++] = minus(p, small(2));
    e[n++] = minus(p, one_);
    e[n++] = p;
    e[n++] = plus(p, one_);
    e[n++] = minus(top, p);
    e[n++] = minus(minus(top, p), one_);
    e[n++] = minus(top, one_);
    e[n++] = minus(top, small(2));
    e[n++] = minus(top, small(19));
    e[n++] = minus(top, small(38));
    e[n++] = minus(top, small(39));
    e[n++] = minus(power(255), one_);
    e[n++] = power(255);
    e[n++] = minus(power(255), small(20));
    e[n++] = power(224);
    e[n++] = minus(power(224), one_);
    e[n++] = minus(top, power(224));
    e[n++] = power(192);
    e[n++] = minus(power(192), one_);
    e[n++] = power(128);
    e[n++] = minus(power(128), one_);
    e[n++] = minus(top, power(128));
    e[n++] = power(96);
    e[n++] = minus(power(96), one_);
    e[n++] = minus(minus(top, power(96)), one_);
    e[n++] = minus(plus(power(255), power(230)), one_);
    e[n++] = plus(power(255), minus(power(230), power(224)));
    uint64_t seed = 1;
    while (n < EDGES)
    {
        e[n] = small(0);
        for (unsigned i = 0; i < 8; i++)
            e[n].w[i] = (uint32_t)random_next(&seed);
        n++;
    }
    return n;
}

/* --- P-256 --- */

static void test_p256_field(void)
{
    const number p = minus(plus(plus(minus(power(256), power(224)), power(192)), power(96)), small(1));
    const number r = power(256), r_mod_p = minus(power(256), p);
    number e[EDGES];
    unsigned n = edges(e, p);
    check(same(of_limbs(p256_prime), p) && same(of_limbs(spt_p256_one.v), r_mod_p), "P-256 constants", 0);
    check(same(of_limbs(r_squared.v), modulo(times(r_mod_p, r_mod_p), p)), "P-256 constants", 1);

    for (unsigned i = 0; i < n; i++)
    {
        p256_fe a, b, c;
        to_limbs(a.v, e[i]);
        for (unsigned j = 0; j < n; j++)
        {
            to_limbs(b.v, e[j]);
            spt_p256_add(&c, &a, &b);
            check(congruent(of_limbs(c.v), plus(e[i], e[j]), p), "p256_add", i * 100 + j);
            spt_p256_sub(&c, &a, &b);
            check(congruent(plus(of_limbs(c.v), e[j]), e[i], p), "p256_sub", i * 100 + j);
            spt_p256_mul(&c, &a, &b);
            check(congruent(times(of_limbs(c.v), r), times(e[i], e[j]), p), "p256_mul", i * 100 + j);
            c = b;
            spt_p256_mul(&c, &c, &c);
            check(congruent(times(of_limbs(c.v), r), times(e[j], e[j]), p), "p256_mul in place", j);
            limb t[2 * LIMBS];
            memcpy(t, a.v, sizeof a.v);
            memcpy(t + LIMBS, b.v, sizeof b.v);
            reduce(&c, t); /* any 512-bit value */
            number whole = e[i];
            memcpy(whole.w + 8, e[j].w, 32);
            check(congruent(times(of_limbs(c.v), r), whole, p), "P-256 reduce", i * 100 + j);
        }
        spt_p256_square(&c, &a);
        check(congruent(times(of_limbs(c.v), r), times(e[i], e[i]), p), "p256_square", i);
        spt_p256_half(&c, &a);
        check(congruent(plus(of_limbs(c.v), of_limbs(c.v)), e[i], p), "p256_half", i);
        spt_p256_invert(&c, &a);
        spt_p256_mul(&b, &c, &a);
        number expected = same(modulo(e[i], p), small(0)) ? small(0) : r_mod_p;
        check(congruent(of_limbs(b.v), expected, p), "p256_invert", i);
        check(spt_p256_is_zero(&a) == (uint32_t)same(modulo(e[i], p), small(0)), "p256_is_zero", i);
        c = a;
        spt_limbs_bring_below(c.v, p256_prime);
        check(same(of_limbs(c.v), modulo(e[i], p)), "P-256, below p", i);

        uint8_t bytes[32], back[32];
        for (unsigned j = 0; j < 8; j++)
            store32_be(bytes + 28 - 4 * j, e[i].w[j]);
        check(spt_p256_from_bytes(&c, bytes) == (uint32_t)below(e[i], p), "p256_from_bytes", i);
        check(congruent(of_limbs(c.v), times(e[i], r_mod_p), p), "p256_from_bytes, value", i);
        spt_p256_to_bytes(back, &c);
        number reduced = modulo(e[i], p);
        for (unsigned j = 0; j < 8; j++)
            store32_be(bytes + 28 - 4 * j, reduced.w[j]);
        check(memcmp(bytes, back, 32) == 0, "p256_to_bytes", i);
    }
}

/* --- Curve25519 --- */

static void test_x25519_field(void)
{
    const number p = minus(power(255), small(19)), loose = plus(power(255), power(230));
    number e[EDGES];
    unsigned n = edges(e, p);
    for (unsigned i = 0; i < n; i++)
    {
        fe a, b, c;
        to_limbs(a.v, e[i]);
        for (unsigned j = 0; j < n; j++)
        {
            to_limbs(b.v, e[j]);
            if (below(e[j], loose))
            {
                spt_25519_sub(&c, &a, &b);
                check(congruent(plus(of_limbs(c.v), e[j]), e[i], p), "25519 sub", i * 100 + j);
                c = b;
                spt_25519_sub(&c, &a, &c);
                check(congruent(plus(of_limbs(c.v), e[j]), e[i], p), "25519 sub in place", i * 100 + j);
                if (below(e[i], loose))
                {
                    spt_25519_add(&c, &a, &b);
                    check(congruent(of_limbs(c.v), plus(e[i], e[j]), p), "25519 add", i * 100 + j);
                }
            }
            spt_25519_mul(&c, &a, &b);
            check(congruent(of_limbs(c.v), times(e[i], e[j]), p), "25519 mul", i * 100 + j);
            check(below(of_limbs(c.v), loose), "25519 mul, tight", i * 100 + j);
            spt_25519_add_times(&c, a.v, b.v, 121665);
            check(congruent(of_limbs(c.v), plus(e[i], times(e[j], small(121665))), p), "25519 add_times", i * 100 + j);
            spt_25519_add_times(&c, a.v, b.v, 38); /* any 512-bit value */
            number whole = e[i];
            memcpy(whole.w + 8, e[j].w, 32);
            check(congruent(of_limbs(c.v), whole, p), "25519, 512 bits", i * 100 + j);
            check(below(of_limbs(c.v), loose), "25519, 512 bits, tight", i * 100 + j);
        }
        spt_25519_square(&c, &a);
        check(congruent(of_limbs(c.v), times(e[i], e[i]), p), "25519 square", i);
        number reduced = modulo(e[i], p);
        c = a;
        spt_limbs_bring_below(c.v, prime);
        check(same(of_limbs(c.v), reduced), "25519, below p", i);
        spt_invert(c.v, c.v, &modulus);
        spt_25519_mul(&b, &c, &a);
        check(congruent(of_limbs(b.v), same(reduced, small(0)) ? small(0) : small(1), p), "25519, inverse", i);
    }
}

/* --- Poly1305 --- */

static number of_sum(const uint32_t h[5])
{
    number n = {{0}};
    memcpy(n.w, h, 20);
    return n;
}

static void test_poly1305(void)
{
    const number p = minus(power(130), small(5));
    static const uint32_t r_words[][4] = {{0x0fffffff, 0x0ffffffc, 0x0ffffffc, 0x0ffffffc},
                                          {0, 0, 0, 0},
                                          {1, 0, 0, 0},
                                          {3, 0, 0, 0},
                                          {0, 4, 0, 0x0ffffffc},
                                          {0x0fffffff, 0, 0, 0},
                                          {0x0f1e2d3c, 0x01234568, 0x09abcdec, 0x0fedcba8}};
    static const uint32_t sums[][5] = {{0, 0, 0, 0, 0},
                                       {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 4},
                                       {0xfffffffb, 0xffffffff, 0xffffffff, 0xffffffff, 3},
                                       {0xfffffffa, 0xffffffff, 0xffffffff, 0xffffffff, 3},
                                       {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 3},
                                       {0, 0, 0, 0, 4},
                                       {5, 0, 0, 0, 4},
                                       {1, 2, 3, 4, 1}};
    for (unsigned i = 0; i < sizeof r_words / sizeof *r_words; i++)
        for (unsigned j = 0; j < sizeof sums / sizeof *sums; j++)
            for (unsigned k = 0; k < 3; k++)
            {
                poly1305 s;
                uint8_t tag[16];
                memcpy(s.r, r_words[i], sizeof s.r);
                memset(s.pad, 0, sizeof s.pad);

                number r = {{0}};
                memcpy(r.w, s.r, sizeof s.r);
                for (unsigned place = 0; place < 4; place++)
                {
                    uint32_t words[10];
                    uint8_t *two = (uint8_t *)words + place;
                    memset(two, k == 0 ? 0 : k == 1 ? 0xff : 0x5a, 32);
                    number expected = of_sum(sums[j]);
                    for (size_t n = 1; n <= 2; n++)
                    {
                        number message = power(128);
                        memcpy(message.w, two, 16);
                        expected = modulo(times(plus(expected, message), r), p);
                        memcpy(s.h, sums[j], sizeof s.h);
                        spt_poly1305_update(&s, two, 16 * n);
                        check(s.h[4] < 1u << 31 && congruent(of_sum(s.h), expected, p), "Poly1305, blocks",
                              i * 100 + j * 10 + place);
                    }
                }

                memcpy(s.h, sums[j], sizeof s.h);
                memset(s.pad, k == 0 ? 0 : 0xff, sizeof s.pad);
                number expected = modulo(of_sum(s.h), p);
                if (k != 0)
                    expected = plus(expected, minus(power(128), small(1)));
                if (below(of_sum(sums[j]), plus(p, p)))
                {
                    spt_poly1305_end(&s, tag);
                    check(memcmp(tag, expected.w, 16) == 0, "Poly1305 end", j);
                }
            }
}

int main(void)
{
    test_p256_field();
    test_x25519_field();
    test_poly1305();
    return summary();
}
