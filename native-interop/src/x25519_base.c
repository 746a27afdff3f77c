/*
 * X25519 of the base point: a comb on the twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2, whose point (x, y) is the
 * Montgomery curve's u = (1 + y) / (1 - y). The base point u = 9 is Ed25519's B, of prime order l.
 *
 * 2k is a sum of 256 signed powers of 2, in 64 columns of four signs, and k B = 2k (B / 2). The columns are halved:
 * what one doubling serves is column j and column j + 32, for which there are a table of 8 points each. A table is read
 * whole each time. The formulas (Hisil, Wong, Carter, Dawson 2008) hold for every two points of the curve, also for
 * equal ones, opposite ones and the neutral one.
 */
#include "internal.h"

typedef x25519_fe fe;

/* A point of a table: y + x, y - x and 2 d x y. */
typedef struct
{
    fe plus, minus, product;
} entry;

#define COLUMNS 32 /* of each half */

/* Entry i of half m is 2^(32 m) (2^192 + s[2] 2^128 + s[1] 2^64 + s[0]) B / 2 with s[t] = 1 where bit t of i is set,
 * else -1. */
static const entry table[2][8] = {
    {
        {{{LIMBS_OF(0x57bdb3e9, 0x80d26e89, 0x71c886df, 0xa8abf0e7, 0xbf78490d, 0x2732a2e7, 0x2b5021e1, 0x4e573a89)}},
         {{LIMBS_OF(0x682dca0d, 0x0538d23e, 0x6ff4c24e, 0xd28080c4, 0x87f45a7a, 0x3a288b52, 0xc395431a, 0x6dab3ba1)}},
         {{LIMBS_OF(0xbe18edf1, 0x665dc537, 0x829319d3, 0x67b612e9, 0x19b3bbdb, 0xfb25b000, 0xe61e8bb4, 0x7b722abb)}}},
        {{{LIMBS_OF(0x4203e10f, 0x18ee90a8, 0xe2f0d0ae, 0x51753057, 0x392f3108, 0xf68583d4, 0x66dae295, 0x5848818a)}},
         {{LIMBS_OF(0x10692da5, 0xf930b3ef, 0x1f957911, 0x85464962, 0xbd96890a, 0x829a3563, 0xe887ee31, 0x7d144cb3)}},
         {{LIMBS_OF(0x483d2785, 0xd18221a8, 0xddab8f3b, 0x4c5e549f, 0x556d7225, 0xcbe306cc, 0x119e7856, 0x6f1442a8)}}},
        {{{LIMBS_OF(0xbe233237, 0x624eec42, 0x9362bab9, 0x2fe44575, 0x3011a1f2, 0xf88de4bd, 0x1200077e, 0x093712b3)}},
         {{LIMBS_OF(0x7da05a3a, 0xdb9506c6, 0x95ce8805, 0xcecca352, 0x58e8fc58, 0x449b38bc, 0x9428e473, 0x18ef2708)}},
         {{LIMBS_OF(0x0b61a94a, 0x6410f26f, 0xca4973f5, 0x935ae11e, 0xdc7c4423, 0x018ad2ba, 0xaad43d87, 0x0509b430)}}},
        {{{LIMBS_OF(0x26034bf2, 0x148bce56, 0xab0dfb38, 0xed8ab58b, 0xca18182e, 0x47b7e119, 0xfa10f680, 0x68246cfb)}},
         {{LIMBS_OF(0xb97e25d9, 0xedd52544, 0x91cc9e25, 0x3475778c, 0xaf55d396, 0x93917607, 0xb6a44034, 0x0388b90c)}},
         {{LIMBS_OF(0x14a196be, 0x0a5e1745, 0xd2775889, 0x5600b312, 0xee03ea07, 0xb20d47eb, 0xe4d15bbf, 0x3feb74ef)}}},
        {{{LIMBS_OF(0x39caf7e7, 0xd099fbba, 0x3dbceb1e, 0x74c8d4ca, 0x0853ef4b, 0xed5394fc, 0x42783992, 0x4cbb4f5c)}},
         {{LIMBS_OF(0x9d1f6007, 0x9cfbdb61, 0xdbeef444, 0xa914de19, 0x343bac2d, 0x035dcbf8, 0x42e0a62f, 0x719bf8db)}},
         {{LIMBS_OF(0x932c318b, 0xa174d090, 0xc7e38952, 0x9c379ce7, 0xd073dcc3, 0x70dd18e3, 0x75b12688, 0x683d763b)}}},
        {{{LIMBS_OF(0x7747fb65, 0x5e0ba6e9, 0x1b49aa6e, 0x559990f3, 0x4aef80a6, 0xf9234966, 0xc9558637, 0x407d2d44)}},
         {{LIMBS_OF(0xd6b521e1, 0x4696ae57, 0x3831936d, 0x50115091, 0x2bbd8704, 0x49b67a04, 0xd1c693dd, 0x4e968d46)}},
         {{LIMBS_OF(0x31b3e6eb, 0xe028fc29, 0x35cec6cd, 0xb1ccaff6, 0x93d6117c, 0x259de43d, 0xf1a5d5c7, 0x22e8d78a)}}},
        {{{LIMBS_OF(0x659d3e6d, 0xbc233df4, 0xb024bbf6, 0x13caeb85, 0xbea4b789, 0x586a9856, 0xc73b7358, 0x14492fe1)}},
         {{LIMBS_OF(0xe6120c19, 0x7f28fbe4, 0x5c0b6f4d, 0x4d379ef0, 0xfd0536d5, 0x17e29652, 0x9afcae3b, 0x7825c922)}},
         {{LIMBS_OF(0xb7c5f3a7, 0x04604665, 0x1fe99a03, 0x34f5122c, 0xb54499ab, 0x9b7b68d6, 0xd1c2431a, 0x54d61517)}}},
        {{{LIMBS_OF(0x1b1d2ceb, 0x61c9fb1e, 0x9404a018, 0xb347eedb, 0x629b83c9, 0x4bb65a7c, 0x4ca97082, 0x676dd2c9)}},
         {{LIMBS_OF(0xfd57bb56, 0xf89af959, 0x5ee51675, 0x8932d09e, 0xde0b793b, 0xbdfca695, 0x5f2895bb, 0x31e49acd)}},
         {{LIMBS_OF(0x3aadbc7a, 0xa05f0f87, 0xa0ff21bc, 0x6e912926, 0x60d1ea38, 0xd19209c2, 0x5ddf6682, 0x44263cd9)}}},
    },
    {
        {{{LIMBS_OF(0x90813d21, 0x7d898720, 0x43a14dd9, 0xf9715914, 0x0d50d382, 0xe3fa8129, 0xc6164581, 0x72ce1199)}},
         {{LIMBS_OF(0xe12339f4, 0xa869c4e9, 0x6a39b1aa, 0xdb2dfca7, 0x71f94c22, 0x068ef4d2, 0xdc008fe8, 0x3ffe55a7)}},
         {{LIMBS_OF(0x2897617f, 0x14d7b321, 0x5d191569, 0xdf451e3e, 0x2e6c42fa, 0x0168f156, 0xb9b1c4da, 0x506b9656)}}},
        {{{LIMBS_OF(0xf245a7f7, 0x04212b2a, 0x63580551, 0x281ecf31, 0xcfc05d2f, 0x9edf8aa6, 0x9995b5f7, 0x5d2b4d17)}},
         {{LIMBS_OF(0x1a980cbb, 0xe0122126, 0x065b41d3, 0x9a810f7b, 0x17d26799, 0xd31487ba, 0x1148b3c8, 0x53329f76)}},
         {{LIMBS_OF(0xf87a7d69, 0x728f3dc5, 0x12b260b8, 0x1aa3e854, 0xc89b217f, 0x9372b09d, 0xbf4e649c, 0x79f0489e)}}},
        {{{LIMBS_OF(0x19c01f83, 0xb54e86a4, 0xb20e6c71, 0xac4a050f, 0x016a0259, 0xf31b9763, 0x0b1b5183, 0x3b0eed77)}},
         {{LIMBS_OF(0x130294fe, 0x50e80bbb, 0x1e50da4b, 0x57b19454, 0x61016532, 0x41987946, 0x9a946c8a, 0x0916388b)}},
         {{LIMBS_OF(0xb92f2b9c, 0x5e355c4c, 0xa6175f8d, 0x1cd6cb4c, 0x3dfcc680, 0x7410000d, 0x24cd2b91, 0x7a0ac865)}}},
        {{{LIMBS_OF(0xfde93d94, 0x0f657bdd, 0x3d3b64cc, 0xb3717329, 0x84149426, 0x19bcf54f, 0x342ab489, 0x07893250)}},
         {{LIMBS_OF(0x30e3ca43, 0x693d03af, 0x74a5913e, 0xb59330f6, 0x57523f23, 0xc9960fe1, 0x566b9971, 0x11f4a35f)}},
         {{LIMBS_OF(0x5e0a170d, 0x083c82b9, 0x3f59bfa8, 0xc305f500, 0x38d817ab, 0x5481c954, 0xe7e92304, 0x15b49464)}}},
        {{{LIMBS_OF(0x0b3267cb, 0xde646b9a, 0xa66ea016, 0x61e2e87b, 0x88eed3e6, 0x7749cb12, 0x3aed3dd8, 0x6fffc5ec)}},
         {{LIMBS_OF(0x8e057c24, 0xe040df2f, 0xd5666969, 0x2a9fe5e7, 0x1e82114a, 0xea4451c5, 0x5d920c0c, 0x6435db78)}},
         {{LIMBS_OF(0xc47b5a01, 0x9761ce88, 0x4b43f021, 0xe2d54795, 0x71601e9b, 0xba21474c, 0x069088cb, 0x1a4a765f)}}},
        {{{LIMBS_OF(0x054d6dd7, 0x2c19d3b8, 0x55a2721e, 0x3a2eee22, 0x881cc395, 0xc8881024, 0xbe6e9e73, 0x33db41f7)}},
         {{LIMBS_OF(0x5a59fd33, 0xc48b7415, 0x8fb920ef, 0xdd3a2105, 0x127e9bd5, 0x385968fa, 0x18436744, 0x43a6ef61)}},
         {{LIMBS_OF(0x9b61e4ba, 0xd804aa61, 0x28fc4692, 0xb28c5bef, 0x4397a44a, 0xf232bf6a, 0x9e93a604, 0x5bd60e4c)}}},
        {{{LIMBS_OF(0xe5f13e5c, 0x6dd9793d, 0xf9127a50, 0x71f26ac2, 0xa1854481, 0xe6d7526b, 0x14ee015e, 0x290d419d)}},
         {{LIMBS_OF(0x3195686c, 0x2a376487, 0x4defb326, 0x3284a5b0, 0xc6b81700, 0x699935c3, 0x4a950c60, 0x60285793)}},
         {{LIMBS_OF(0x1a7910ed, 0x991ed7c4, 0x43ded643, 0xc370bbb2, 0x569a600a, 0x3929cc8f, 0x760275e4, 0x69192f19)}}},
        {{{LIMBS_OF(0x757be66a, 0x084b10db, 0xa448c092, 0xafc379b4, 0x8151f53b, 0x8afed39b, 0xb431a93f, 0x3da4d003)}},
         {{LIMBS_OF(0x00ee256f, 0x5459a302, 0x2a822ffa, 0x1c47ec36, 0x2ee5c3ba, 0x0846fa87, 0x6484a2fb, 0x58442adb)}},
         {{LIMBS_OF(0xcd5157e3, 0x06125324, 0x1bdb7a74, 0x75d70272, 0xf0bdd548, 0x65695a93, 0x40a8bfb9, 0x39043f45)}}},
    },
};

/* (2^256 - 1) / 2 mod l: with S = k + this, 2k is the sum of 2^i where bit i of S is set and of -2^i where it is not.
 */
static const limb offset[LIMBS] = {
    LIMBS_OF(0x46cc4a8e, 0x6b7618ba, 0x39bee7b8, 0x6377adfa, 0xffffffff, 0xffffffff, 0xffffffff, 0x07ffffff)};

/* The point (x / z, y / z). x = e f, y = g h and z = f g; so e h is x y / z, which an addition wants. */
typedef struct
{
    fe x, y, z, e, f, g, h;
} point;

static void complete(point *p)
{
    spt_25519_mul(&p->x, &p->e, &p->f);
    spt_25519_mul(&p->y, &p->g, &p->h);
    spt_25519_mul(&p->z, &p->f, &p->g);
}

static void point_double(point *p)
{
    spt_25519_square(&p->f, &p->x);
    spt_25519_square(&p->g, &p->y);
    spt_25519_add(&p->e, &p->x, &p->y);
    spt_25519_square(&p->e, &p->e);
    spt_25519_square(&p->z, &p->z);
    spt_25519_add(&p->h, &p->f, &p->g);
    spt_25519_sub(&p->e, &p->h, &p->e);
    spt_25519_sub(&p->g, &p->f, &p->g);
    spt_25519_add_times(&p->f, p->g.v, p->z.v, 2);
    complete(p);
}

static void point_add(point *p, const entry *a)
{
    spt_25519_mul(&p->g, &p->e, &p->h);
    spt_25519_mul(&p->g, &p->g, &a->product);
    spt_25519_sub(&p->f, &p->y, &p->x);
    spt_25519_mul(&p->f, &p->f, &a->minus);
    spt_25519_add(&p->h, &p->y, &p->x);
    spt_25519_mul(&p->h, &p->h, &a->plus);
    spt_25519_sub(&p->e, &p->h, &p->f);
    spt_25519_add(&p->h, &p->h, &p->f);
    spt_25519_add(&p->f, &p->z, &p->z);
    spt_25519_sub(&p->f, &p->f, &p->g);
    spt_25519_add_times(&p->g, p->g.v, p->z.v, 2);
    complete(p);
}

static uint32_t bit_of(const limb s[LIMBS], unsigned i)
{
    return limbs_word(s, i / 32) >> i % 32 & 1;
}

/* r = column j of the signs s, where the table is that of j's half. unused: a field element to work in. */
static void look_up(entry *r, fe *spare, const entry half[8], const limb s[LIMBS], unsigned j)
{
    static const fe zero = {{0}};
    uint32_t negative = bit_of(s, j + 192) ^ 1, index = 0;
    for (unsigned t = 0; t < 3; t++)
        index |= (bit_of(s, j + 64 * t) ^ negative) << t;
    for (unsigned i = 0; i < 3; i++)
        spt_limbs_gather((&r->plus + i)->v, (&half->plus + i)->v, 3, 8, index);
    *spare = r->plus;
    spt_limbs_move_if(r->plus.v, r->minus.v, negative);
    spt_limbs_move_if(r->minus.v, spare->v, negative);
    spt_25519_sub(spare, &zero, &r->product);
    spt_limbs_move_if(r->product.v, spare->v, negative);
}

void spt_x25519_base(fe *x, fe *z, const limb k[LIMBS])
{
    struct
    {
        limb signs[LIMBS];
        point p;
        entry term;
    } s;
    (void)spt_limbs_add(s.signs, k, offset, ALL_ONES);
    clear(&s.p, sizeof s.p);
    s.p.y.v[0] = s.p.z.v[0] = s.p.h.v[0] = 1; /* the neutral point */
    for (unsigned j = COLUMNS; j-- != 0;)
    {
        point_double(&s.p);
        for (unsigned m = 0; m < 2; m++)
        {
            look_up(&s.term, &s.p.f, table[m], s.signs, j + COLUMNS * m);
            point_add(&s.p, &s.term);
        }
    }
    spt_25519_add(x, &s.p.z, &s.p.y);
    spt_25519_sub(z, &s.p.z, &s.p.y);
    spt_wipe(&s, sizeof s);
}
