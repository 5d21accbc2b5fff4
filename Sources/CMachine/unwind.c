// Leaving frames of compiled code for the one that catches an exception, and the way in for it: the call by which
// compiled code traps or throws.
//
// What always holds: the registers that compiled code keeps stand on the stack before anything else is called.
// https://gitlab.com/x86-psABIs/x86-64-ABI, section 3.2.1; https://github.com/ARM-software/abi-aa, AAPCS64
#include "unwind.h"

#include <stddef.h>

#include "native.h"

#define FUNCTION(name, type)      \
    ".text\n"                     \
    ".p2align 4\n"                \
    ".globl " name "\n"           \
    ".hidden " name "\n"          \
    ".type " name ", " type "\n" name ":\n"

_Static_assert(sizeof(((MachineRegisters *)0)->kept) == 8 * MACHINE_KEPT_REGISTERS, "as the code below has it");

#if defined(__x86_64__)
_Static_assert(offsetof(MachineRegisters, frame) == 40, "as the code below has it");

__asm__(
    FUNCTION("machine_native_trap", "@function")
    ".cfi_startproc\n"
    "    pushq %rbp\n"
    ".cfi_def_cfa_offset 16\n"
    ".cfi_offset %rbp, -16\n"
    "    movq %rsp, %rbp\n"
    ".cfi_def_cfa_register %rbp\n"
    "    subq $80, %rsp\n"
    "    movq %rbx, (%rsp)\n"
    "    movq %r12, 8(%rsp)\n"
    "    movq %r13, 16(%rsp)\n"
    "    movq %r14, 24(%rsp)\n"
    "    movq %r15, 32(%rsp)\n"
    "    movq (%rbp), %rax\n"
    "    movq %rax, 40(%rsp)\n"
    "    leaq 16(%rbp), %rax\n"
    "    movq %rax, 48(%rsp)\n"
    "    movq 8(%rbp), %rax\n"
    "    movq %rax, 56(%rsp)\n"
    "    movq %rsp, %rcx\n"
    "    call machine_native_leave\n"
    "    ud2\n"
    ".cfi_endproc\n"
    ".size machine_native_trap, . - machine_native_trap\n"

    // What the structure has is read before the stack is, in which it may lie.
    FUNCTION("machine_unwind_resume", "@function")
    "    movq (%rdi), %rbx\n"
    "    movq 8(%rdi), %r12\n"
    "    movq 16(%rdi), %r13\n"
    "    movq 24(%rdi), %r14\n"
    "    movq 32(%rdi), %r15\n"
    "    movq 40(%rdi), %rbp\n"
    "    movq 56(%rdi), %rcx\n"
    "    movq 64(%rdi), %rax\n"
    "    movq 48(%rdi), %rsp\n"
    "    xorl %edx, %edx\n"
    "    jmp *%rcx\n"
    ".size machine_unwind_resume, . - machine_unwind_resume\n");

const uint64_t machine_unwind_frame_register = 6;

int32_t machine_unwind_register(uint64_t number) {
    if (number == 3) return 0;
    return number >= 12 && number <= 15 ? (int32_t)number - 11 : -1;
}
#elif defined(__aarch64__)
_Static_assert(offsetof(MachineRegisters, frame) == 144, "as the code below has it");

__asm__(
    FUNCTION("machine_native_trap", "%function")
    ".cfi_startproc\n"
    "    stp x29, x30, [sp, #-16]!\n"
    ".cfi_def_cfa_offset 16\n"
    ".cfi_offset x29, -16\n"
    ".cfi_offset x30, -8\n"
    "    mov x29, sp\n"
    ".cfi_def_cfa_register x29\n"
    "    sub sp, sp, #176\n"
    "    stp x19, x20, [sp]\n"
    "    stp x21, x22, [sp, #16]\n"
    "    stp x23, x24, [sp, #32]\n"
    "    stp x25, x26, [sp, #48]\n"
    "    stp x27, x28, [sp, #64]\n"
    "    stp d8, d9, [sp, #80]\n"
    "    stp d10, d11, [sp, #96]\n"
    "    stp d12, d13, [sp, #112]\n"
    "    stp d14, d15, [sp, #128]\n"
    "    ldp x9, x10, [x29]\n"
    "    add x11, x29, #16\n"
    "    stp x9, x11, [sp, #144]\n"
    "    str x10, [sp, #160]\n"
    "    mov x3, sp\n"
    "    bl machine_native_leave\n"
    "    brk #0\n"
    ".cfi_endproc\n"
    ".size machine_native_trap, . - machine_native_trap\n"

    FUNCTION("machine_unwind_resume", "%function")
    "    ldp x19, x20, [x0]\n"
    "    ldp x21, x22, [x0, #16]\n"
    "    ldp x23, x24, [x0, #32]\n"
    "    ldp x25, x26, [x0, #48]\n"
    "    ldp x27, x28, [x0, #64]\n"
    "    ldp d8, d9, [x0, #80]\n"
    "    ldp d10, d11, [x0, #96]\n"
    "    ldp d12, d13, [x0, #112]\n"
    "    ldp d14, d15, [x0, #128]\n"
    "    ldp x29, x9, [x0, #144]\n"
    "    ldp x10, x0, [x0, #160]\n"
    "    mov sp, x9\n"
    "    mov x1, #0\n"
    "    br x10\n"
    ".size machine_unwind_resume, . - machine_unwind_resume\n");

const uint64_t machine_unwind_frame_register = 29;

int32_t machine_unwind_register(uint64_t number) {
    if (number >= 19 && number <= 28) return (int32_t)number - 19;
    return number >= 72 && number <= 79 ? (int32_t)number - 62 : -1;
}
#endif

void machine_unwind_step(MachineRegisters *registers, const MachineKeptRegister *kept, int64_t count) {
    // Both ABIs have the caller's frame pointer and the address to return to, in this order, at the frame pointer;
    // and the stack stood after them.
    const uint64_t *record = (const uint64_t *)(uintptr_t)registers->frame;
    registers->stack = registers->frame + 16;
    for (int64_t index = 0; index < count; index++) {
        uint64_t place = registers->stack + (uint64_t)(int64_t)kept[index].offset;
        registers->kept[kept[index].index] = *(const uint64_t *)(uintptr_t)place;
    }
    registers->frame = record[0];
    registers->address = record[1];
}
