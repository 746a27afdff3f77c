/*
 * Runs a program for rv32imc and follows its secrets: taint IMAGE INPUT
 *
 * Each bit of a register and of memory has a shadow bit that says whether it depends on a secret; the program marks
 * secrets with the hints of ct.h. Reported, with the address of the instruction, are branches, jumps, addresses of
 * loads and stores, divisions and marks that depend on one. So what is shown holds for the very instructions of the
 * board.
 *
 * The image is a flat binary for 0x80000000, as tests/bare builds them; it reads the first character of INPUT from the
 * UART. Exit code: the program's, or 9 when something
 * was reported, or 2 for what this emulator does not know.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM 0x80000000u
#define RAM_SIZE (16u << 20)
#define UART 0x10000000u
#define POWER 0x00100000u

static uint8_t memory[RAM_SIZE], shadow[RAM_SIZE];
static uint32_t x[32], t[32]; /* registers and their shadows */
static uint32_t pc = RAM, here;
static uint64_t count;
static unsigned reports;
static char input; /* what the UART gives */

static void stop(const char *why, uint32_t value)
{
    fprintf(stderr, "%s %08x at %08x\n", why, value, here);
    exit(2);
}

/* Each instruction is reported once; whether this is the time. */
static int report(const char *what)
{
    static uint32_t seen[64];
    for (unsigned i = 0; i < reports && i < 64; i++)
        if (seen[i] == here)
            return 0;
    if (reports < 64)
        seen[reports] = here;
    reports++;
    printf("secret %s at %08x\n", what, here);
    return 1;
}

static uint32_t at(uint32_t address, uint32_t size)
{
    if (address < RAM || address - RAM > RAM_SIZE - size)
        stop("no memory", address);
    return address - RAM;
}

static uint32_t fetch(uint32_t address)
{
    uint32_t i = at(address, 2), half = memory[i] | (uint32_t)memory[i + 1] << 8;
    if ((half & 3) != 3)
        return half;
    i = at(address, 4);
    return half | (uint32_t)memory[i + 2] << 16 | (uint32_t)memory[i + 3] << 24;
}

/* A word or half a word, which the board reads and writes only where it is aligned. */
static uint32_t aligned_at(uint32_t address, uint32_t size)
{
    if (address % size != 0)
        stop("no aligned address", address);
    return at(address, size);
}

static void load(unsigned rd, uint32_t address, unsigned funct3)
{
    if (address == UART)
    {
        x[rd] = (uint32_t)input;
        t[rd] = 0;
        return;
    }
    uint32_t size = 1u << (funct3 & 3), i = aligned_at(address, size), value = 0, taint = 0;
    for (uint32_t k = size; k-- != 0;)
    {
        value = value << 8 | memory[i + k];
        taint = taint << 8 | shadow[i + k];
    }
    if ((funct3 & 4) == 0 && size < 4) /* sign extension */
    {
        unsigned up = 32 - 8 * size;
        value = (uint32_t)((int32_t)(value << up) >> up);
        taint = (uint32_t)((int32_t)(taint << up) >> up);
    }
    x[rd] = value;
    t[rd] = taint;
}

static void store(uint32_t address, uint32_t value, uint32_t taint, unsigned funct3)
{
    if (address == UART)
    {
        putchar((int)(value & 0xff));
        return;
    }
    if (address == POWER)
    {
        fflush(stdout);
        printf("%llu instructions, %u reports\n", (unsigned long long)count, reports);
        exit(reports != 0 ? 9 : (int)(value >> 16));
    }
    uint32_t size = 1u << funct3, i = aligned_at(address, size);
    for (uint32_t k = 0; k < size; k++)
    {
        memory[i + k] = (uint8_t)(value >> 8 * k);
        shadow[i + k] = (uint8_t)(taint >> 8 * k);
    }
}

/* The lowest tainted bit and all above: what a carry can reach. */
static uint32_t carried(uint32_t taint)
{
    return taint | (0u - taint);
}

static uint32_t all(uint32_t taint)
{
    return taint != 0 ? 0xffffffff : 0;
}

/* rd = a op b, with shadows; funct7 and funct3 as in the register form. */
static void operate(unsigned rd, uint32_t a, uint32_t ta, uint32_t b, uint32_t tb, unsigned funct3, unsigned funct7)
{
    uint32_t r = 0, taint = 0;
    unsigned n = b & 31;
    if (funct7 == 1)
    {
        int64_t sa = (int32_t)a, sb = (int32_t)b;
        switch (funct3)
        {
        case 0:
            r = a * b;
            taint = carried(ta | tb);
            break;
        case 1:
            r = (uint32_t)((uint64_t)(sa * sb) >> 32);
            taint = all(ta | tb);
            break;
        case 2:
            r = (uint32_t)((uint64_t)(sa * (int64_t)(uint64_t)b) >> 32);
            taint = all(ta | tb);
            break;
        case 3:
            r = (uint32_t)((uint64_t)a * b >> 32);
            taint = all(ta | tb);
            break;
        default:
            if ((ta | tb) != 0)
                report("division");
            taint = all(ta | tb);
            if (funct3 == 4)
                r = b == 0 ? 0xffffffff : b == 0xffffffff ? 0 - a : (uint32_t)((int32_t)a / (int32_t)b);
            else if (funct3 == 5)
                r = b == 0 ? 0xffffffff : a / b;
            else if (funct3 == 6)
                r = b == 0 ? a : b == 0xffffffff ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
            else
                r = b == 0 ? a : a % b;
        }
    }
    else
        switch (funct3)
        {
        case 0:
            r = funct7 != 0 ? a - b : a + b;
            taint = carried(ta | tb);
            break;
        case 1:
            r = a << n;
            taint = (tb & 31) != 0 ? 0xffffffff : ta << n;
            break;
        case 2:
            r = (int32_t)a < (int32_t)b;
            taint = (ta | tb) != 0;
            break;
        case 3:
            r = a < b;
            taint = (ta | tb) != 0;
            break;
        case 4:
            r = a ^ b;
            taint = ta | tb;
            break;
        case 5:
            r = funct7 != 0 ? (uint32_t)((int32_t)a >> n) : a >> n;
            taint = (tb & 31) != 0 ? 0xffffffff : funct7 != 0 ? (uint32_t)((int32_t)ta >> n) : ta >> n;
            break;
        case 6:
            r = a | b;
            taint = (ta & (tb | ~b)) | (tb & (ta | ~a));
            break;
        default:
            r = a & b;
            taint = (ta & (tb | b)) | (tb & (ta | a));
            break;
        }
    x[rd] = r;
    t[rd] = taint;
}

static void branch(unsigned a, unsigned b, unsigned funct3, uint32_t offset)
{
    int taken;
    switch (funct3)
    {
    case 0:
        taken = x[a] == x[b];
        break;
    case 1:
        taken = x[a] != x[b];
        break;
    case 4:
        taken = (int32_t)x[a] < (int32_t)x[b];
        break;
    case 5:
        taken = (int32_t)x[a] >= (int32_t)x[b];
        break;
    case 6:
        taken = x[a] < x[b];
        break;
    default:
        taken = x[a] >= x[b];
        break;
    }
    if ((t[a] | t[b]) != 0)
        report("branch");
    if (taken)
        pc = here + offset;
}

static void address_depends(unsigned reg)
{
    if (t[reg] != 0)
        report("address");
}

#define DEEPEST 8192

/* All that the stack once held below the pointer, down to what was never written. */
static void stack_is_clean(void)
{
    uint32_t first = 0, last = 0;
    for (uint32_t i = 1; i <= DEEPEST; i++)
        if (shadow[at(x[2] - i, 1)] != 0)
        {
            first = first != 0 ? first : i;
            last = i;
        }
    if (last == 0)
        return;
    if (report("left"))
        printf("    %u to %u bytes below the stack pointer\n", first, last);
    memset(shadow + at(x[2] - DEEPEST, DEEPEST), 0, DEEPEST);
}

static void mark(uint32_t what)
{
    if (what == 3)
    {
        stack_is_clean();
        return;
    }
    if ((t[10] | t[11]) != 0)
        report("mark");
    if (x[11] != 0)
        memset(shadow + at(x[10], x[11]), what == 1 ? 0xff : 0, x[11]);
}

/* Bits high to low of i, sign-extended or not, at their place. */
static uint32_t bits(uint32_t i, unsigned high, unsigned low)
{
    return i >> low & (0xffffffffu >> (31 - high + low));
}

static uint32_t extend(uint32_t value, unsigned width)
{
    return (uint32_t)((int32_t)(value << (32 - width)) >> (32 - width));
}

static void jump_and_link(unsigned rd, uint32_t target, uint32_t next)
{
    x[rd] = next;
    t[rd] = 0;
    pc = target;
}

static void full(uint32_t i)
{
    unsigned rd = bits(i, 11, 7), funct3 = bits(i, 14, 12), a = bits(i, 19, 15), b = bits(i, 24, 20);
    uint32_t immediate = extend(bits(i, 31, 20), 12);
    switch (i & 0x7f)
    {
    case 0x37: /* lui */
        x[rd] = i & 0xfffff000;
        t[rd] = 0;
        break;
    case 0x17: /* auipc */
        x[rd] = here + (i & 0xfffff000);
        t[rd] = 0;
        break;
    case 0x6f: /* jal */
        jump_and_link(
            rd,
            here + extend(bits(i, 31, 31) << 20 | bits(i, 19, 12) << 12 | bits(i, 20, 20) << 11 | bits(i, 30, 21) << 1,
                          21),
            here + 4);
        break;
    case 0x67: /* jalr */
        if (t[a] != 0)
            report("jump");
        jump_and_link(rd, (x[a] + immediate) & ~1u, here + 4);
        break;
    case 0x63:
        branch(a, b, funct3,
               extend(bits(i, 31, 31) << 12 | bits(i, 7, 7) << 11 | bits(i, 30, 25) << 5 | bits(i, 11, 8) << 1, 13));
        break;
    case 0x03:
        address_depends(a);
        load(rd, x[a] + immediate, funct3);
        break;
    case 0x23:
        address_depends(a);
        store(x[a] + extend(bits(i, 31, 25) << 5 | rd, 12), x[b], t[b], funct3);
        break;
    case 0x13:
        if (rd == 0 && funct3 == 2)
            mark(immediate);
        else
            operate(rd, x[a], t[a], immediate, 0, funct3, funct3 == 5 ? bits(i, 31, 25) : 0);
        break;
    case 0x33:
        operate(rd, x[a], t[a], x[b], t[b], funct3, bits(i, 31, 25));
        break;
    case 0x73: /* the counter of instructions is the only register of its kind here */
        x[rd] = (uint32_t)count;
        t[rd] = 0;
        break;
    default:
        stop("instruction", i);
    }
}

static void compressed(uint32_t i)
{
    unsigned rd = bits(i, 11, 7), rs2 = bits(i, 6, 2), a = 8 + bits(i, 9, 7), b = 8 + bits(i, 4, 2);
    uint32_t immediate = extend(bits(i, 12, 12) << 5 | rs2, 6);
    uint32_t jump = extend(bits(i, 12, 12) << 11 | bits(i, 8, 8) << 10 | bits(i, 10, 9) << 8 | bits(i, 6, 6) << 7 |
                               bits(i, 7, 7) << 6 | bits(i, 2, 2) << 5 | bits(i, 11, 11) << 4 | bits(i, 5, 3) << 1,
                           12);
    uint32_t word = bits(i, 5, 5) << 6 | bits(i, 12, 10) << 3 | bits(i, 6, 6) << 2;
    switch ((i & 3) << 3 | i >> 13)
    {
    case 000: /* addi4spn */
        if (i == 0)
            stop("instruction", i);
        operate(b, x[2], t[2], bits(i, 10, 7) << 6 | bits(i, 12, 11) << 4 | bits(i, 5, 5) << 3 | bits(i, 6, 6) << 2, 0,
                0, 0);
        break;
    case 002: /* lw */
        address_depends(a);
        load(b, x[a] + word, 2);
        break;
    case 006: /* sw */
        address_depends(a);
        store(x[a] + word, x[b], t[b], 2);
        break;
    case 010: /* addi */
        operate(rd, x[rd], t[rd], immediate, 0, 0, 0);
        break;
    case 011: /* jal */
        jump_and_link(1, here + jump, here + 2);
        break;
    case 012: /* li */
        x[rd] = immediate;
        t[rd] = 0;
        break;
    case 013: /* addi16sp, lui */
        if (rd == 2)
            operate(2, x[2], t[2],
                    extend(bits(i, 12, 12) << 9 | bits(i, 4, 3) << 7 | bits(i, 5, 5) << 6 | bits(i, 2, 2) << 5 |
                               bits(i, 6, 6) << 4,
                           10),
                    0, 0, 0);
        else
        {
            x[rd] = immediate << 12;
            t[rd] = 0;
        }
        break;
    case 014:
        switch (bits(i, 11, 10))
        {
        case 0: /* srli */
            operate(a, x[a], t[a], rs2, 0, 5, 0);
            break;
        case 1: /* srai */
            operate(a, x[a], t[a], rs2, 0, 5, 32);
            break;
        case 2: /* andi */
            operate(a, x[a], t[a], immediate, 0, 7, 0);
            break;
        default: /* sub, xor, or, and */
        {
            static const unsigned operation[] = {0, 4, 6, 7};
            unsigned which = bits(i, 6, 5);
            operate(a, x[a], t[a], x[b], t[b], operation[which], which == 0 ? 32 : 0);
        }
        }
        break;
    case 015: /* j */
        pc = here + jump;
        break;
    case 016: /* beqz, bnez */
    case 017:
        branch(a, 0, i >> 13 & 1,
               extend(bits(i, 12, 12) << 8 | bits(i, 6, 5) << 6 | bits(i, 2, 2) << 5 | bits(i, 11, 10) << 3 |
                          bits(i, 4, 3) << 1,
                      9));
        break;
    case 020: /* slli */
        operate(rd, x[rd], t[rd], rs2, 0, 1, 0);
        break;
    case 022: /* lwsp */
        load(rd, x[2] + (bits(i, 3, 2) << 6 | bits(i, 12, 12) << 5 | bits(i, 6, 4) << 2), 2);
        break;
    case 024: /* jr, mv, jalr, add */
        if (rs2 == 0)
        {
            if (t[rd] != 0)
                report("jump");
            jump_and_link(bits(i, 12, 12), x[rd] & ~1u, here + 2);
        }
        else if (bits(i, 12, 12) == 0)
        {
            x[rd] = x[rs2];
            t[rd] = t[rs2];
        }
        else
            operate(rd, x[rd], t[rd], x[rs2], t[rs2], 0, 0);
        break;
    case 026: /* swsp */
        store(x[2] + (bits(i, 8, 7) << 6 | bits(i, 12, 9) << 2), x[rs2], t[rs2], 2);
        break;
    default:
        stop("instruction", i);
    }
}

int main(int argc, char **argv)
{
    FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (f == NULL || fread(memory, 1, sizeof memory, f) == 0)
    {
        fprintf(stderr, "usage: taint IMAGE INPUT\n");
        return 2;
    }
    fclose(f);
    input = argv[2][0];
    for (;;)
    {
        here = pc;
        uint32_t i = fetch(pc);
        pc += (i & 3) == 3 ? 4 : 2;
        if ((i & 3) == 3)
            full(i);
        else
            compressed(i);
        x[0] = 0;
        t[0] = 0;
        count++;
    }
}
