# rv32imc on qemu's virt machine: UART at 0x10000000, power switch at 0x100000.
    .option arch, +zicsr
    .section .start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, stack_top
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  call bare_start

    .text
    .globl bare_put
bare_put:
    li t0, 0x10000000
    sb a0, 0(t0)
    ret

    .globl bare_exit
bare_exit:
    li t0, 0x100000
    li t1, 0x5555
    beqz a0, 1f
    slli a0, a0, 16
    li t1, 0x3333
    or t1, t1, a0
1:  sw t1, 0(t0)
    j 1b

    .globl bare_clock
bare_clock:
    csrr a0, minstret
    ret
