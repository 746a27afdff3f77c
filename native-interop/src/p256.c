/*
 * ECDH over NIST P-256, y^2 = x^3 - 3x + b (SP 800-186, SP 800-56A).
 *
 * The steps are the same for every scalar, since the odd one of k and n - k can be written without a digit 0.
 * k P: 64 odd digits of -15 to 15 in base 16; four doublings, one addition from a table of P, 3P, ..., 15P.
 * k G: 260 signs, 52 columns of five; one doubling, one addition from a fixed table of 16 points. SPAKE2's points have
 * 65 columns of four and a table of 8. Each table is read whole each time.
 */
#include "internal.h"

typedef p256_affine affine;
typedef p256_jacobian jacobian;

#define TABLE 8

const limb spt_p256_order[LIMBS] = {
    LIMBS_OF(0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0, 0xffffffff)};

static const uint8_t curve_b[32] = {
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
    0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
};

/* --- points --- */

void spt_p256_negate_if(p256_fe *y, uint32_t negate)
{
    p256_fe minus, zero = {{0}};
    spt_p256_sub(&minus, &zero, y);
    spt_limbs_move_if(y->v, minus.v, negate);
    spt_wipe(&minus, sizeof minus);
}

/* r = 2a; r may be a. The order is odd, so no point doubles to infinity. */
static void point_double(jacobian *r, const jacobian *a)
{
    p256_fe y2, m, s, t;
    spt_p256_square(&t, &a->z);
    spt_p256_sub(&m, &a->x, &t);
    spt_p256_add(&t, &a->x, &t);
    spt_p256_mul(&m, &m, &t);
    spt_p256_add(&t, &m, &m);
    spt_p256_add(&m, &m, &t); /* m = 3 (X - Z^2) (X + Z^2) */

    spt_p256_add(&y2, &a->y, &a->y);
    spt_p256_mul(&r->z, &y2, &a->z);
    spt_p256_square(&y2, &y2);
    spt_p256_mul(&s, &y2, &a->x); /* s = 4 X Y^2 */

    spt_p256_square(&r->x, &m);
    spt_p256_sub(&r->x, &r->x, &s);
    spt_p256_sub(&r->x, &r->x, &s);

    spt_p256_square(&y2, &y2);
    spt_p256_half(&y2, &y2); /* 8 Y^4 */
    spt_p256_sub(&s, &s, &r->x);
    spt_p256_mul(&s, &s, &m);
    spt_p256_sub(&r->y, &s, &y2);
}

/* r = a + b and h = r.z / a.z; r may be a. in: a and b neither equal nor opposite. */
static void point_add(jacobian *r, p256_fe *h, const jacobian *a, const affine *b)
{
    p256_fe z2, s, v;
    spt_p256_square(&z2, &a->z);
    spt_p256_mul(&v, &b->x, &z2);
    spt_p256_sub(h, &v, &a->x);
    spt_p256_mul(&s, &z2, &a->z);
    spt_p256_mul(&s, &s, &b->y);
    spt_p256_sub(&s, &s, &a->y);
    spt_p256_mul(&r->z, &a->z, h);

    spt_p256_square(&z2, h);
    spt_p256_mul(&v, &a->x, &z2);
    spt_p256_mul(&z2, &z2, h);
    spt_p256_mul(&r->y, &a->y, &z2);

    spt_p256_square(&r->x, &s);
    spt_p256_sub(&r->x, &r->x, &z2);
    spt_p256_sub(&r->x, &r->x, &v);
    spt_p256_sub(&r->x, &r->x, &v);
    spt_p256_sub(&v, &v, &r->x);
    spt_p256_mul(&v, &v, &s);
    spt_p256_sub(&r->y, &v, &r->y);
}

uint32_t spt_p256_point_add(jacobian *r, const affine *b)
{
    jacobian twice;
    p256_fe h;
    point_double(&twice, r);
    point_add(r, &h, r, b);
    /* With h = 0 the sum's x is the square of the difference of the y: 0 when they are equal, else they are opposite.
     */
    uint32_t same_x = spt_p256_is_zero(&h), equal = same_x & spt_p256_is_zero(&r->x);
    spt_limbs_move_if(r->x.v, twice.x.v, equal);
    spt_limbs_move_if(r->y.v, twice.y.v, equal);
    spt_limbs_move_if(r->z.v, twice.z.v, equal);
    spt_wipe(&twice, sizeof twice);
    spt_wipe(&h, sizeof h);
    return (same_x ^ 1) | equal;
}

/* r = (x s^2, y s^3); r may be p. */
static void scale_point(affine *r, const affine *p, const p256_fe *s)
{
    p256_fe t;
    spt_p256_square(&t, s);
    spt_p256_mul(&r->x, &p->x, &t);
    spt_p256_mul(&t, &t, s);
    spt_p256_mul(&r->y, &p->y, &t);
    spt_wipe(&t, sizeof t);
}

OWN_FRAME void spt_p256_to_affine(affine *r, const jacobian *p)
{
    p256_fe inverse;
    spt_p256_invert(&inverse, &p->z);
    scale_point(r, &p->xy, &inverse);
    spt_wipe(&inverse, sizeof inverse);
}

/* table[i] = (2i + 1) p, affine. */
static void fill_table(affine table[TABLE], const jacobian *p)
{
    /* Let p = (X, Y, Z) and 2p = (X', Y', Z'), Z' = 2Y Z. On the curve scaled by Z', 2p is (X', Y') and p is
     * (X (2Y)^2, Y (2Y)^3), and the addition formula, which knows nothing of the curve's coefficients, adds (X', Y')
     * over and over. Each sum's z is the last one's times its h, so one inversion and the h's give all the inverses. */
    struct
    {
        jacobian sum;
        affine two;
        p256_fe h[TABLE], scale;
    } s;

    point_double(&s.sum, p);
    s.two = s.sum.xy;
    s.h[0] = s.sum.z;

    spt_p256_add(&s.scale, &p->y, &p->y);
    scale_point(&table[0], &p->xy, &s.scale);
    s.sum.xy = table[0];
    s.sum.z = spt_p256_one;
    for (unsigned i = 1; i < TABLE; i++)
    {
        point_add(&s.sum, &s.h[i], &s.sum, &s.two);
        table[i] = s.sum.xy;
    }

    spt_p256_mul(&s.scale, &s.h[0], &s.sum.z);
    spt_p256_invert(&s.scale, &s.scale);
    for (unsigned i = TABLE; i-- != 0;)
    {
        scale_point(&table[i], &table[i], &s.scale);
        spt_p256_mul(&s.scale, &s.scale, &s.h[i]);
    }
    spt_wipe(&s, sizeof s);
}

/* r = table[index], or its negative. in: index below size. */
static void look_up(affine *r, const affine *table, uint32_t size, uint32_t index, uint32_t negative)
{
    spt_limbs_gather(r->x.v, table->x.v, 2, size, index);
    spt_limbs_gather(r->y.v, table->y.v, 2, size, index);
    spt_p256_negate_if(&r->y, negative);
}

/* --- scalars --- */

/* k = the odd one of the scalar and n minus it; *negated tells which. 1 when the scalar is in [1, n-1], else 0. */
static uint32_t load_scalar(limb k[LIMBS], uint32_t *negated, const uint8_t scalar[32])
{
    limb minus[LIMBS], any = 0, rest = 0;
    spt_reverse_bytes(k, scalar, 32);
    uint32_t borrow = spt_limbs_sub(minus, spt_p256_order, k);
    for (unsigned i = 0; i < LIMBS; i++)
    {
        any |= k[i];
        rest |= minus[i];
    }
    *negated = (uint32_t)(k[0] & 1) ^ 1;
    spt_limbs_move_if(k, minus, *negated);
    spt_wipe(minus, sizeof minus);
    /* not 0, and n - k neither below 0 nor 0 */
    return limb_nonzero(any) & limb_nonzero(rest) & (borrow ^ 1);
}

/* r = d[i] p of the digits of k: d[i] + 16 is k / 16^i mod 32, made odd; the top one never exceeds 15. */
static void look_up_digit(affine *r, const affine table[TABLE], const limb k[LIMBS], unsigned i)
{
    uint32_t bits = limbs_word(k, i / 8) >> 4 * (i % 8);
    if (i % 8 == 7)
        bits |= i == 63 ? 16 : limbs_word(k, i / 8 + 1) << 4;
    uint32_t positive = bits >> 4 & 1;
    /* (|d| - 1) / 2: the low bits as they are, or turned round */
    look_up(r, table, TABLE, (bits >> 1 ^ ct_mask(positive ^ 1)) & (TABLE - 1), positive ^ 1);
}

/*
 * Before the addition of digit i the sum is 16 K p with 0 < 16 K < 2^(256 - 4 i), so for i > 0 neither 16 K + d nor
 * 16 K - d is 0 mod n. With the last digit the sum becomes k p, not infinity, but 16 K = d mod n can be (k = n - 2).
 */
OWN_FRAME uint32_t spt_p256_multiply(affine *r, const uint8_t scalar[32], const jacobian *p)
{
    struct
    {
        limb k[LIMBS];
        affine table[TABLE], term;
        jacobian sum;
        p256_fe h;
    } s;
    uint32_t negated, valid = load_scalar(s.k, &negated, scalar);
    fill_table(s.table, p);

    look_up_digit(&s.sum.xy, s.table, s.k, 63);
    s.sum.z = spt_p256_one;
    for (unsigned i = 63; i-- != 0;)
    {
        for (unsigned j = 0; j < 4; j++)
            point_double(&s.sum, &s.sum);
        look_up_digit(&s.term, s.table, s.k, i);
        if (i != 0)
            point_add(&s.sum, &s.h, &s.sum, &s.term);
    }
    (void)spt_p256_point_add(&s.sum, &s.term);

    spt_p256_to_affine(r, &s.sum);
    spt_p256_negate_if(&r->y, negated);
    spt_wipe(&s, sizeof s);
    return valid;
}

#define SIGNS 260

/* Sign i of k, 1 for +: k is the sum of the signs times 2^i for i from 0 to SIGNS - 1. in: k odd. */
static uint32_t sign_of(const limb k[LIMBS], unsigned i)
{
    i++;
    return i == SIGNS ? 1 : i < 256 ? limbs_word(k, i / 32) >> i % 32 & 1 : 0;
}

/* r = column j of the signs, every (260 / rows)th from the jth on, as a multiple of the table's point. */
static void look_up_column(affine *r, const affine *table, unsigned rows, const limb k[LIMBS], unsigned j)
{
    unsigned last = rows - 1, columns = SIGNS / rows;
    uint32_t top = sign_of(k, j + columns * last), index = 0;
    for (unsigned t = 0; t < last; t++)
        index |= (sign_of(k, j + columns * t) ^ top ^ 1) << t;
    look_up(r, table, (uint32_t)1 << last, index, top ^ 1);
}

/*
 * Let c[j] be column j as a number, |c[j]| < 2^209. Before column j is added the sum is a G with a + c[j] odd and below
 * n / 2^j + 2^209 in size, so for j > 0 neither a + c[j] nor a - c[j] is 0 mod n. At last a + c[0] = k, but a = c[0]
 * mod n can be.
 */
OWN_FRAME uint32_t spt_p256_multiply_fixed(jacobian *r, const uint8_t scalar[32], const affine *table, unsigned rows)
{
    struct
    {
        limb k[LIMBS];
        affine term;
        p256_fe h;
    } s;
    uint32_t negated, valid = load_scalar(s.k, &negated, scalar);

    unsigned j = SIGNS / rows - 1;
    look_up_column(&r->xy, table, rows, s.k, j);
    r->z = spt_p256_one;
    while (j-- != 0)
    {
        point_double(r, r);
        look_up_column(&s.term, table, rows, s.k, j);
        if (j != 0)
            point_add(r, &s.h, r, &s.term);
    }
    (void)spt_p256_point_add(r, &s.term);

    spt_p256_negate_if(&r->y, negated);
    spt_wipe(&s, sizeof s);
    return valid;
}

/* --- keys --- */

uint32_t spt_p256_load_point(affine *p, const uint8_t in[64])
{
    p256_fe left, right, t;
    uint32_t valid = spt_p256_from_bytes(&p->x, in);
    valid &= spt_p256_from_bytes(&p->y, in + 32);

    spt_p256_square(&left, &p->y);
    spt_p256_square(&right, &p->x);
    for (unsigned i = 0; i < 3; i++)
        spt_p256_sub(&right, &right, &spt_p256_one);
    spt_p256_mul(&right, &right, &p->x); /* x^3 - 3x */
    valid &= spt_p256_from_bytes(&t, curve_b);
    spt_p256_add(&right, &right, &t);
    spt_p256_sub(&left, &left, &right);
    return valid & spt_p256_is_zero(&left);
}

void spt_p256_store_point(uint8_t out[64], const affine *p)
{
    spt_p256_to_bytes(out, &p->x);
    spt_p256_to_bytes(out + 32, &p->y);
}

int spt_p256_public(uint8_t public_key[64], const uint8_t private_key[32])
{
    jacobian r;
    affine a;
    uint32_t valid = ct_reveal(spt_p256_multiply_fixed(&r, private_key, spt_p256_base_table, 5));
    spt_p256_to_affine(&a, &r);
    spt_p256_store_point(public_key, &a);
    if (valid == 0)
        spt_wipe(public_key, 64);
    spt_wipe(&r, sizeof r);
    spt_wipe(&a, sizeof a);
    spt_wipe_stack(896);
    return valid != 0 ? 0 : SPT_E_KEY;
}

int spt_p256_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[64])
{
    jacobian p;
    p.z = spt_p256_one;
    uint32_t valid = ct_reveal(spt_p256_load_point(&p.xy, peer_public_key));
    if (valid != 0)
    {
        valid = ct_reveal(spt_p256_multiply(&p.xy, private_key, &p));
        spt_p256_to_bytes(secret, &p.x);
    }
    if (valid == 0)
        spt_wipe(secret, 32);
    spt_wipe(&p, sizeof p);
    spt_wipe_stack(1792);
    return valid != 0 ? 0 : SPT_E_KEY;
}

int spt_p256_keypair(uint8_t public_key[64], uint8_t private_key[32])
{
    /* 32 random bytes are out of range once in 2^32 draws; a source that gives ten such in a row is broken. */
    for (unsigned i = 0; i < 10; i++)
    {
        if (spt_random(private_key, 32) != 0)
            break;
        if (spt_p256_public(public_key, private_key) == 0)
            return 0;
    }
    spt_wipe(public_key, 64);
    spt_wipe(private_key, 32);
    return SPT_E_RANDOM;
}
