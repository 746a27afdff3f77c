/*
 * ECDH over NIST P-256, y^2 = x^3 - 3x + b (SP 800-186, SP 800-56A).
 *
 * The steps are the same for every scalar, since the odd one of k and n - k can be written without a digit 0.
 * k P: 64 odd digits of -15 to 15 in base 16; four doublings, one addition from a table of P, 3P, ..., 15P.
 * k G: 260 signs, 52 columns of five; one doubling, one addition from a fixed table of 16 points.
 * Each table is read whole each time.
 */
#include "internal.h"

typedef p256_affine affine;
typedef p256_jacobian jacobian;

#define TABLE 8

const uint32_t spt_p256_order[8] = {0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad,
                                    0xffffffff, 0xffffffff, 0,          0xffffffff};

static const uint8_t curve_b[32] = {
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
    0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
};

/* --- points --- */

void spt_p256_negate_if(p256_fe *y, uint32_t negate)
{
    p256_fe minus, zero = {{0}};
    spt_p256_sub(&minus, &zero, y);
    spt_p256_move_if(y, &minus, ct_mask(negate));
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
    spt_p256_triple(&m, &m); /* m = 3 (X - Z^2) (X + Z^2) */

    spt_p256_add(&y2, &a->y, &a->y);
    spt_p256_mul(&r->z, &y2, &a->z);
    spt_p256_square(&y2, &y2);
    spt_p256_mul(&s, &y2, &a->x); /* s = 4 X Y^2 */

    spt_p256_square(&r->x, &m);
    spt_p256_sub_twice(&r->x, &r->x, &s);

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
    spt_p256_sub_twice(&r->x, &r->x, &v);
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
    spt_p256_move_if(&r->x, &twice.x, ct_mask(equal));
    spt_p256_move_if(&r->y, &twice.y, ct_mask(equal));
    spt_p256_move_if(&r->z, &twice.z, ct_mask(equal));
    spt_wipe(&twice, sizeof twice);
    spt_wipe(&h, sizeof h);
    return (same_x ^ 1) | equal;
}

void spt_p256_to_affine(affine *r, const jacobian *p)
{
    p256_fe inverse, t;
    spt_p256_invert(&inverse, &p->z);
    spt_p256_square(&t, &inverse);
    spt_p256_mul(&r->x, &p->x, &t);
    spt_p256_mul(&t, &t, &inverse);
    spt_p256_mul(&r->y, &p->y, &t);
    spt_wipe(&inverse, sizeof inverse);
    spt_wipe(&t, sizeof t);
}

/* table[i] = (2i + 1) p, affine. */
static void fill_table(affine table[TABLE], const jacobian *p)
{
    /* Let p = (X, Y, Z) and 2p = (X', Y', Z'), Z' = 2Y Z. On the curve scaled by Z', 2p is (X', Y') and p is
     * (X (2Y)^2, Y (2Y)^3), and the addition formula, which knows nothing of the curve's coefficients, adds (X', Y')
     * over and over. Each sum's z is the last one's times its h, so one inversion and the h's give all the inverses. */
    jacobian sum;
    affine two;
    p256_fe h[TABLE], scale, t;

    point_double(&sum, p);
    two.x = sum.x;
    two.y = sum.y;
    h[0] = sum.z;

    spt_p256_add(&scale, &p->y, &p->y);
    spt_p256_square(&t, &scale);
    spt_p256_mul(&sum.x, &p->x, &t);
    spt_p256_mul(&t, &t, &scale);
    spt_p256_mul(&sum.y, &p->y, &t);
    sum.z = spt_p256_one;
    table[0].x = sum.x;
    table[0].y = sum.y;
    for (unsigned i = 1; i < TABLE; i++)
    {
        point_add(&sum, &h[i], &sum, &two);
        table[i].x = sum.x;
        table[i].y = sum.y;
    }

    spt_p256_mul(&scale, &h[0], &sum.z);
    spt_p256_invert(&scale, &scale);
    for (unsigned i = TABLE; i-- != 0;)
    {
        spt_p256_square(&t, &scale);
        spt_p256_mul(&table[i].x, &table[i].x, &t);
        spt_p256_mul(&t, &t, &scale);
        spt_p256_mul(&table[i].y, &table[i].y, &t);
        spt_p256_mul(&scale, &scale, &h[i]);
    }
    spt_wipe(&sum, sizeof sum);
    spt_wipe(&two, sizeof two);
    spt_wipe(h, sizeof h);
    spt_wipe(&scale, sizeof scale);
    spt_wipe(&t, sizeof t);
}

/* r = x[2 index] of 2 size elements, from a read of every second one. */
static void gather(p256_fe *r, const p256_fe *x, uint32_t size, uint32_t index)
{
    p256_fe sum = {{0}};
    for (uint32_t i = 0; i < size; i++, x += 2)
    {
        limb mask = limb_mask(((i ^ index) - 1) >> 31);
#pragma GCC unroll 8
        for (unsigned j = 0; j < LIMBS; j++)
            sum.v[j] |= x->v[j] & mask;
    }
    *r = sum;
}

/* r = table[index], or its negative. in: index below size. */
static void look_up(affine *r, const affine *table, uint32_t size, uint32_t index, uint32_t negative)
{
    gather(&r->x, &table->x, size, index);
    gather(&r->y, &table->y, size, index);
    spt_p256_negate_if(&r->y, negative);
}

/* r = d[i] p of the digits of k: d[i] + 16 is k / 16^i mod 32, made odd; the top one never exceeds 15. */
static void look_up_digit(affine *r, const affine table[TABLE], const uint32_t k[8], unsigned i)
{
    uint32_t bits = k[i / 8] >> 4 * (i % 8);
    if (i % 8 == 7)
        bits |= i == 63 ? 16 : k[i / 8 + 1] << 4;
    uint32_t positive = bits >> 4 & 1;
    /* (|d| - 1) / 2: the low bits as they are, or turned round */
    look_up(r, table, TABLE, (bits >> 1 ^ (positive - 1)) & (TABLE - 1), positive ^ 1);
}

/*
 * Before the addition of digit i the sum is 16 K p with 0 < 16 K < 2^(256 - 4 i), so for i > 0 neither 16 K + d nor
 * 16 K - d is 0 mod n. With the last digit the sum becomes k p, not infinity, but 16 K = d mod n can be (k = n - 2).
 */
void spt_p256_multiply(jacobian *r, const uint32_t k[8], const jacobian *p)
{
    affine table[TABLE], term;
    p256_fe h;
    fill_table(table, p);

    look_up_digit(&term, table, k, 63);
    r->x = term.x;
    r->y = term.y;
    r->z = spt_p256_one;
    for (unsigned i = 62; i != 0; i--)
    {
        for (unsigned j = 0; j < 4; j++)
            point_double(r, r);
        look_up_digit(&term, table, k, i);
        point_add(r, &h, r, &term);
    }
    for (unsigned j = 0; j < 4; j++)
        point_double(r, r);
    look_up_digit(&term, table, k, 0);
    (void)spt_p256_point_add(r, &term);

    spt_wipe(table, sizeof table);
    spt_wipe(&term, sizeof term);
    spt_wipe(&h, sizeof h);
}

/* Sign i of k, 1 for +: k is the sum of the signs times 2^i for i from 0 to 259. in: k odd. */
static uint32_t sign_of(const uint32_t k[8], unsigned i)
{
    i++;
    return i == 260 ? 1 : i < 256 ? k[i / 32] >> i % 32 & 1 : 0;
}

/* r = column j of the signs, the signs j, j + 52, ..., j + 208, as a multiple of the table's point. */
static void look_up_column(affine *r, const affine table[16], const uint32_t k[8], unsigned j)
{
    uint32_t top = sign_of(k, j + 208), index = 0;
    for (unsigned t = 0; t < 4; t++)
        index |= (sign_of(k, j + 52 * t) ^ top ^ 1) << t;
    look_up(r, table, 16, index, top ^ 1);
}

/*
 * Let c[j] be column j as a number, |c[j]| < 2^209. Before column j is added the sum is a G with a + c[j] odd and below
 * n / 2^j + 2^209 in size, so for j > 0 neither a + c[j] nor a - c[j] is 0 mod n. At last a + c[0] = k, but a = c[0]
 * mod n can be.
 */
void spt_p256_multiply_fixed(jacobian *r, const uint32_t k[8], const affine table[16])
{
    affine term;
    p256_fe h;
    look_up_column(&term, table, k, 51);
    r->x = term.x;
    r->y = term.y;
    r->z = spt_p256_one;
    for (unsigned j = 50; j != 0; j--)
    {
        point_double(r, r);
        look_up_column(&term, table, k, j);
        point_add(r, &h, r, &term);
    }
    point_double(r, r);
    look_up_column(&term, table, k, 0);
    (void)spt_p256_point_add(r, &term);
    spt_wipe(&term, sizeof term);
    spt_wipe(&h, sizeof h);
}

/* --- keys --- */

uint32_t spt_p256_load_scalar(uint32_t k[8], uint32_t *negated, const uint8_t scalar[32])
{
    uint32_t minus[8], any = 0, borrow = 0;
    for (unsigned i = 0; i < 8; i++)
    {
        k[i] = load32_be(scalar + 28 - 4 * i);
        any |= k[i];
        uint64_t difference = (uint64_t)spt_p256_order[i] - k[i] - borrow;
        minus[i] = (uint32_t)difference;
        borrow = (uint32_t)(difference >> 32) & 1;
    }
    /* n - k not below 0, and not 0 */
    uint32_t rest = 0;
    for (unsigned i = 0; i < 8; i++)
        rest |= minus[i];
    uint32_t valid = ct_nonzero(any) & ct_nonzero(rest) & (borrow ^ 1);

    *negated = (k[0] & 1) ^ 1;
    uint32_t mask = ct_mask(*negated);
    for (unsigned i = 0; i < 8; i++)
        k[i] = ct_select(mask, minus[i], k[i]);
    spt_wipe(minus, sizeof minus);
    return valid;
}

uint32_t spt_p256_load_point(affine *p, const uint8_t in[64])
{
    p256_fe left, right, t;
    uint32_t valid = spt_p256_from_bytes(&p->x, in);
    valid &= spt_p256_from_bytes(&p->y, in + 32);

    spt_p256_square(&left, &p->y);
    spt_p256_square(&right, &p->x);
    spt_p256_triple(&t, &spt_p256_one);
    spt_p256_sub(&right, &right, &t);
    spt_p256_mul(&right, &right, &p->x); /* x^3 - 3x */
    valid &= spt_p256_from_bytes(&t, curve_b);
    spt_p256_add(&right, &right, &t);
    spt_p256_sub(&left, &left, &right);
    return valid & spt_p256_is_zero(&left);
}

static OWN_FRAME int public_of(uint8_t public_key[64], const uint8_t private_key[32])
{
    uint32_t k[8], negated;
    jacobian r;
    affine a;
    uint32_t valid = spt_p256_load_scalar(k, &negated, private_key);
    if (ct_reveal(valid) == 0)
    {
        spt_wipe(k, sizeof k);
        spt_wipe(public_key, 64);
        return SPT_E_KEY;
    }
    spt_p256_multiply_fixed(&r, k, spt_p256_base_table);
    spt_p256_to_affine(&a, &r);
    spt_p256_negate_if(&a.y, negated);
    spt_p256_to_bytes(public_key, &a.x);
    spt_p256_to_bytes(public_key + 32, &a.y);
    spt_wipe(k, sizeof k);
    spt_wipe(&r, sizeof r);
    spt_wipe(&a, sizeof a);
    return 0;
}

static OWN_FRAME int shared_of(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[64])
{
    uint32_t k[8], negated;
    affine p;
    jacobian r;
    uint32_t valid = spt_p256_load_scalar(k, &negated, private_key) & spt_p256_load_point(&p, peer_public_key);
    r.x = p.x;
    r.y = p.y;
    r.z = spt_p256_one;
    if (ct_reveal(valid) == 0)
    {
        spt_wipe(k, sizeof k);
        spt_wipe(secret, 32);
        return SPT_E_KEY;
    }
    spt_p256_multiply(&r, k, &r);
    spt_p256_to_affine(&p, &r);
    spt_p256_to_bytes(secret, &p.x);
    spt_wipe(k, sizeof k);
    spt_wipe(&p, sizeof p);
    spt_wipe(&r, sizeof r);
    return 0;
}

int spt_p256_public(uint8_t public_key[64], const uint8_t private_key[32])
{
    int result = public_of(public_key, private_key);
    spt_wipe_stack(1792);
    return result;
}

int spt_p256_shared(uint8_t secret[32], const uint8_t private_key[32], const uint8_t peer_public_key[64])
{
    int result = shared_of(secret, private_key, peer_public_key);
    spt_wipe_stack(1792);
    return result;
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
