//===- runtime_entry_x86_64.S - The assembly half of runtime_entry.h ----------------------------------------------===//
//
// On entry the stack holds, from the top: the handler, the function's index, the caller's return address. After
// `enter_frame` the frame looks like this (rbp is the frame's base):
//
//     rbp + 32   the caller's stack arguments
//     rbp + 24   return address                            CFA - 8
//     rbp + 16   function index; later the target
//     rbp +  8   handler
//     rbp +  0   saved rbp
//     rbp -  8 … rbp - 112   rax rbx rcx rdx rsi rdi r8 … r15
//     rbp - 144  Dispatch {target, timed, stack_argument_bytes, tag}
//     rbp - 152  start of a timed call, in cycles
//     below      the xsave area, 64-aligned
//
//===-------------------------------------------------------------------------------------------------------------===//

#define TARGET  -144(%rbp)
#define TIMED   -136(%rbp)
#define BYTES   -128(%rbp)
#define TAG     -120(%rbp)
#define STARTED -152(%rbp)
#define LOCALS  160

.macro enter_frame
    pushq   %rbp
    .cfi_def_cfa_offset 32
    .cfi_offset %rbp, -32
    movq    %rsp, %rbp
    .cfi_def_cfa %rbp, 32
    subq    $LOCALS, %rsp
.endm

.macro save_integers
    movq    %rax, -8(%rbp)
    movq    %rbx, -16(%rbp)
    movq    %rcx, -24(%rbp)
    movq    %rdx, -32(%rbp)
    movq    %rsi, -40(%rbp)
    movq    %rdi, -48(%rbp)
    movq    %r8, -56(%rbp)
    movq    %r9, -64(%rbp)
    movq    %r10, -72(%rbp)
    movq    %r11, -80(%rbp)
    movq    %r12, -88(%rbp)
    movq    %r13, -96(%rbp)
    movq    %r14, -104(%rbp)
    movq    %r15, -112(%rbp)
.endm

.macro restore_integers
    movq    -8(%rbp), %rax
    movq    -16(%rbp), %rbx
    movq    -24(%rbp), %rcx
    movq    -32(%rbp), %rdx
    movq    -40(%rbp), %rsi
    movq    -48(%rbp), %rdi
    movq    -56(%rbp), %r8
    movq    -64(%rbp), %r9
    movq    -72(%rbp), %r10
    movq    -80(%rbp), %r11
    movq    -88(%rbp), %r12
    movq    -96(%rbp), %r13
    movq    -104(%rbp), %r14
    movq    -112(%rbp), %r15
.endm

// Leaves rsp at the xsave area. Uses rax, rcx, rdx.
.macro save_vectors
    subq    ajit_xsave_bytes(%rip), %rsp
    andq    $-64, %rsp
    xorl    %eax, %eax                  // xsave reads the header of its area, which must be zero
    movq    %rax, 512(%rsp)
    movq    %rax, 520(%rsp)
    movq    %rax, 528(%rsp)
    movq    %rax, 536(%rsp)
    movq    %rax, 544(%rsp)
    movq    %rax, 552(%rsp)
    movq    %rax, 560(%rsp)
    movq    %rax, 568(%rsp)
    movl    ajit_xsave_mask(%rip), %eax
    xorl    %edx, %edx
    xsave64 (%rsp)
.endm

.macro restore_vectors
    movl    ajit_xsave_mask(%rip), %eax
    xorl    %edx, %edx
    xrstor64 (%rsp)
.endm

    .text
    .globl  ajit_runtime_entry
    .type   ajit_runtime_entry, @function
    .p2align 4
ajit_runtime_entry:
    .cfi_startproc
    .cfi_def_cfa_offset 24
    enter_frame
    save_integers
    save_vectors
    cld
    movq    8(%rbp), %rdi
    movl    16(%rbp), %esi
    leaq    TARGET, %rdx
    callq   ajit_dispatch@PLT
    restore_vectors
    cmpq    $0, TIMED
    jne     .Ltimed
    movq    TARGET, %rax
    movq    %rax, 16(%rbp)
    restore_integers
    leaq    16(%rbp), %rsp              // the target is on top, then the caller's return address
    .cfi_def_cfa %rsp, 16
    movq    (%rbp), %rbp
    .cfi_restore %rbp
    retq

.Ltimed:
    .cfi_def_cfa %rbp, 32
    .cfi_offset %rbp, -32
    leaq    -LOCALS(%rbp), %rsp
    andq    $-64, %rsp
    movq    BYTES, %rcx
    subq    %rcx, %rsp
    leaq    32(%rbp), %rsi
    movq    %rsp, %rdi
    shrq    $3, %rcx
    rep movsq
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    movq    %rax, STARTED
    restore_integers
    callq   *TARGET
    movq    %rax, -8(%rbp)
    movq    %rdx, -32(%rbp)
    movq    %rcx, -24(%rbp)
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    subq    STARTED, %rax
    movq    %rax, STARTED
    leaq    -LOCALS(%rbp), %rsp
    save_vectors
    movq    8(%rbp), %rdi
    movl    16(%rbp), %esi
    movq    TAG, %rdx
    movq    STARTED, %rcx
    callq   ajit_report@PLT
    restore_vectors
    movq    -8(%rbp), %rax
    movq    -24(%rbp), %rcx
    movq    -32(%rbp), %rdx
    leaq    24(%rbp), %rsp
    .cfi_def_cfa %rsp, 8
    movq    (%rbp), %rbp
    .cfi_restore %rbp
    retq
    .cfi_endproc
    .size   ajit_runtime_entry, . - ajit_runtime_entry

    .section .note.GNU-stack,"",@progbits
