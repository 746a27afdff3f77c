# Xtensa lx106 on qemu's sim machine: output and exit by simcall.
    .section .reset, "ax"
    movi a0, 0x600          # to the start of ram, 0x60000000
    slli a0, a0, 20
    jx a0

    .section .start, "ax"
    .globl _start
_start:
    j begin
    .align 4
    .literal_position
begin:
    movi a1, stack_top
    movi a2, bss_start
    movi a3, bss_end
    movi a4, 0
    j 2f
1:  s32i a4, a2, 0
    addi a2, a2, 4
2:  bltu a2, a3, 1b
    movi a0, bare_start
    callx0 a0

    .text
    .align 4
    .literal_position
    .globl bare_put
bare_put:
    addi a1, a1, -16
    s8i a2, a1, 0
    movi a2, 4              # write(1, sp, 1)
    movi a3, 1
    mov a4, a1
    movi a5, 1
    simcall
    addi a1, a1, 16
    ret

    .align 4
    .globl bare_exit
bare_exit:
    mov a3, a2
    movi a2, 1              # exit
    simcall
1:  j 1b

    .align 4
    .globl bare_clock
bare_clock:
    rsr a2, ccount
    ret
