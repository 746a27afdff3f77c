/*
 * Inverses modulo an odd prime below 2^256, in the same steps for every value: the "divsteps" of Bernstein and Yang
 * (2019), in their variant that starts with delta = 1/2, for which 590 steps suffice.
 *
 * Thirty steps look at the lowest 30 bits of f and g alone. What they do to f and g in whole is a matrix of small
 * numbers, which is then applied once to (f, g) and, modulo p, to (d, e), where f = a d and g = a e mod p up to the
 * factor spt_modulus.one at all times. At the end g is 0 and f is 1 or -1.
 */
#include "internal.h"

#define BITS 30
#define WORDS 9
#define MASK ((uint32_t)0x3fffffff)
#define ROUNDS 20 /* of thirty steps */

typedef spt_signed30 number;

/* What thirty steps make of f and g, times 2^30: |u| + |v| and |q| + |r| are at most 2^30. */
typedef struct
{
    int32_t u, v, q, r;
} matrix;

/* Thirty steps, for which the lowest 30 bits of f and g are enough. in: f odd; in, out: zeta = -(delta + 1/2). */
static int32_t thirty_steps(matrix *m, int32_t zeta, uint32_t f, uint32_t g)
{
    uint32_t u = 1, v = 0, q = 0, r = 1, z = (uint32_t)zeta;
    for (unsigned i = 0; i < BITS; i++)
    {
        uint32_t swap = ct_mask(z >> 31), odd = ct_mask(g & 1);
        g += ((f ^ swap) - swap) & odd;
        q += ((u ^ swap) - swap) & odd;
        r += ((v ^ swap) - swap) & odd;
        swap &= odd;
        z = (z ^ swap) - 1;
        f += g & swap;
        u += q & swap;
        v += r & swap;
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    m->u = (int32_t)u;
    m->v = (int32_t)v;
    m->q = (int32_t)q;
    m->r = (int32_t)r;
    return (int32_t)z;
}

/* c + a b */
static inline int64_t plus_times(int64_t c, int32_t a, int32_t b)
{
    return (int64_t)ct_add64((uint64_t)c, (uint64_t)((int64_t)a * b));
}

/* (a, b) = (m (a, b) + (k, l) p) / 2^30, which is exact. */
static void apply(number *a, number *b, const matrix *m, int32_t k, int32_t l, const number *p)
{
    int64_t c = 0, d = 0;
    for (unsigned i = 0; i < WORDS; i++)
    {
        int32_t x = a->v[i], y = b->v[i], w = p->v[i];
        c = plus_times(plus_times(plus_times(c, m->u, x), m->v, y), k, w);
        d = plus_times(plus_times(plus_times(d, m->q, x), m->r, y), l, w);
        if (i != 0)
        {
            a->v[i - 1] = (int32_t)((uint32_t)c & MASK);
            b->v[i - 1] = (int32_t)((uint32_t)d & MASK);
        }
        c >>= BITS;
        d >>= BITS;
    }
    a->v[WORDS - 1] = (int32_t)c;
    b->v[WORDS - 1] = (int32_t)d;
}

/* (d, e) = m (d, e) / 2^30 mod p. in, out: d and e above -2p and below p. */
static void apply_modulo(number *d, number *e, const matrix *m, const spt_modulus *p)
{
    int32_t d_sign = ct_negative(d->v[WORDS - 1]), e_sign = ct_negative(e->v[WORDS - 1]);
    /* Multiples of p to add: once for each of d and e that is negative, and then what makes 30 zeros. */
    int32_t k = (m->u & d_sign) + (m->v & e_sign), l = (m->q & d_sign) + (m->r & e_sign);
    uint32_t a0 = (uint32_t)m->u * (uint32_t)d->v[0] + (uint32_t)m->v * (uint32_t)e->v[0];
    uint32_t b0 = (uint32_t)m->q * (uint32_t)d->v[0] + (uint32_t)m->r * (uint32_t)e->v[0];
    k -= (int32_t)((p->inverse * a0 + (uint32_t)k) & MASK);
    l -= (int32_t)((p->inverse * b0 + (uint32_t)l) & MASK);
    apply(d, e, m, k, l, &p->p);
}

/* d = (d + (p & add)), negated where `negate` is ones, every word but the top one in 0 to 2^30 - 1 again. */
static void add_then_negate(number *d, const spt_modulus *p, int32_t add, int32_t negate)
{
    int32_t carry = 0;
    for (unsigned i = 0; i < WORDS; i++)
    {
        carry += ((d->v[i] + (p->p.v[i] & add)) ^ negate) - negate;
        d->v[i] = i < WORDS - 1 ? (int32_t)((uint32_t)carry & MASK) : carry;
        carry >>= BITS;
    }
}

void spt_invert(limb r[LIMBS], const limb a[LIMBS], const spt_modulus *p)
{
    struct
    {
        number f, g, d, e;
        matrix m;
        uint32_t words[10];
    } s;
    int32_t zeta = -1;
    spt_wipe(&s, sizeof s);
    s.f = p->p;
    s.e = p->one;
    memcpy(s.words, a, 32);
    for (unsigned i = 0; i < WORDS; i++)
    {
        uint64_t two = (uint64_t)s.words[BITS * i / 32 + 1] << 32 | s.words[BITS * i / 32];
        s.g.v[i] = (int32_t)((uint32_t)(two >> BITS * i % 32) & MASK);
    }

    for (unsigned i = 0; i < ROUNDS; i++)
    {
        zeta = thirty_steps(&s.m, zeta, (uint32_t)s.f.v[0], (uint32_t)s.g.v[0]);
        apply_modulo(&s.d, &s.e, &s.m, p);
        apply(&s.f, &s.g, &s.m, 0, 0, &p->p);
    }
    add_then_negate(&s.d, p, ct_negative(s.d.v[WORDS - 1]),
                    ct_negative(s.f.v[WORDS - 1])); /* now above -p and below p */
    add_then_negate(&s.d, p, ct_negative(s.d.v[WORDS - 1]), 0);

    for (unsigned i = 0; i < 8; i++)
    {
        unsigned at = 32 * i / BITS;
        uint64_t two = (uint64_t)(uint32_t)s.d.v[at + 1] << BITS | (uint32_t)s.d.v[at];
        s.words[i] = (uint32_t)(two >> 32 * i % BITS);
    }
    memcpy(r, s.words, 32);
    spt_wipe(&s, sizeof s);
}
