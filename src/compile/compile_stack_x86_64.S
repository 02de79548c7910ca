// void ajit_call_on_stack(void* top, void (*run)(void*), void* argument)
//
// Calls run(argument) with the stack pointer at `top`, which is aligned to 16. The frame is found through %rbp, so an
// unwinder goes from `run`'s stack to the caller's.
    .text
    .globl  ajit_call_on_stack
    .hidden ajit_call_on_stack
    .type   ajit_call_on_stack, @function
    .p2align 4
ajit_call_on_stack:
    .cfi_startproc
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq    %rdi, %rsp
    movq    %rdx, %rdi
    callq   *%rsi
    movq    %rbp, %rsp
    popq    %rbp
    .cfi_def_cfa %rsp, 8
    retq
    .cfi_endproc
    .size   ajit_call_on_stack, . - ajit_call_on_stack

    .section .note.GNU-stack,"",@progbits
