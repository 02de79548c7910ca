/* Where control passes between loaded code, interrupts and the kernel's C.
 *
 * The kernel's C is compiled without x87 and SSE, so a path into it saves only
 * the integer registers. Interrupt handlers may call loaded code, so interrupt
 * entry also saves the whole floating-point state. */

#define TRAP_FRAME_PUSHED 8      /* vector and error code below the cpu's own */
#define FXSAVE_BYTES 512
#define MXCSR_DEFAULT 0x1F80

    .text

/* Interrupts ------------------------------------------------------------- */

/* One entry per vector, 16 bytes apart. The processor pushes an error code for
 * 8, 10 to 14, 17, 21, 29 and 30; the other entries push a zero in its place. */
    .globl interrupt_vectors
    .balign 16
interrupt_vectors:
    .set vector, 0
    .rept 256
    .balign 16
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
    .else
    pushl $0
    .endif
    pushl $vector
    jmp interrupt_entry
    .set vector, vector + 1
    .endr

interrupt_entry:
    pusha
    cld
    movl %esp, %ebx         /* struct TrapFrame; ebx survives the call */
    subl $FXSAVE_BYTES, %esp
    andl $-16, %esp
    fxsave (%esp)
    fninit                  /* a handler's loaded code starts with a clean */
    pushl $MXCSR_DEFAULT    /* register stack and default rounding */
    ldmxcsr (%esp)
    pushl %ebx
    call interrupt_dispatch
    addl $8, %esp
    fxrstor (%esp)
    movl %ebx, %esp
    popa
    addl $TRAP_FRAME_PUSHED, %esp
    iret

/* Entry stubs ------------------------------------------------------------ */

/* Each function's stub is `pushl $function; jmp profile_entry`. The stack then
 * holds the function, the return address and the arguments. Every register may
 * carry something (ecx a `nest` pointer or, with the three scratch registers,
 * `inreg` arguments), so this path keeps them all. profile_enter() replaces the
 * return address by profile_return and returns the code to run. The `ret` below
 * jumps to that code, with the stack as the caller made it. */
    .globl profile_entry
profile_entry:
    pushl %eax
    pushl %ecx
    pushl %edx
    movl 12(%esp), %eax     /* the function */
    leal 16(%esp), %edx     /* where the return address is */
    call profile_enter
    movl %eax, 12(%esp)     /* over the function: now `ret` goes to the code */
    popl %edx
    popl %ecx
    popl %eax
    ret

/* Loaded code returns here. edx:eax may hold the result; so may st(0), which the
 * kernel's C does not touch. `ret $4` has already taken its argument off the
 * stack. Only ecx is free, so it carries the real return address. */
    .globl profile_return
profile_return:
    pushl %eax
    pushl %edx
    call profile_leave
    movl %eax, %ecx
    popl %edx
    popl %eax
    jmp *%ecx

/* uint64_t call_words(uint32_t address, const uint32_t *words, uint32_t count,
 *                     uint32_t result_in_st0)
 * Calls loaded code with `count` words of arguments. The stack is aligned to 16
 * at the call, as the ABI requires. Returns edx:eax, or the bits of st(0) as a
 * double. ebp restores the stack, whether or not the callee popped an argument. */
    .globl call_words
call_words:
    pushl %ebp
    movl %esp, %ebp
    pushl %esi
    pushl %edi
    movl 16(%ebp), %ecx
    leal 0(,%ecx,4), %eax
    subl %eax, %esp
    andl $-16, %esp
    movl 12(%ebp), %esi
    movl %esp, %edi
    cld
    rep movsl
    call *8(%ebp)
    cmpl $0, 20(%ebp)
    je 1f
    leal -16(%ebp), %esp
    fstpl (%esp)
    movl (%esp), %eax
    movl 4(%esp), %edx
1:  leal -8(%ebp), %esp
    popl %edi
    popl %esi
    popl %ebp
    ret

/* Checkpoints ------------------------------------------------------------ */

/* int checkpoint_set(struct Checkpoint *): returns 0, and a second time nonzero,
 * when checkpoint_resume() comes back to it. */
    .globl checkpoint_set
checkpoint_set:
    movl 4(%esp), %ecx
    movl %ebx, 0(%ecx)
    movl %esi, 4(%ecx)
    movl %edi, 8(%ecx)
    movl %ebp, 12(%ecx)
    leal 4(%esp), %eax
    movl %eax, 16(%ecx)
    movl (%esp), %eax
    movl %eax, 20(%ecx)
    xorl %eax, %eax
    ret

/* void checkpoint_resume(const struct Checkpoint *): also discards what loaded
 * code left in the floating-point unit. */
    .globl checkpoint_resume
checkpoint_resume:
    movl 4(%esp), %ecx
    fninit
    movl $MXCSR_DEFAULT, 4(%esp)
    ldmxcsr 4(%esp)
    movl 0(%ecx), %ebx
    movl 4(%ecx), %esi
    movl 8(%ecx), %edi
    movl 12(%ecx), %ebp
    movl 16(%ecx), %esp
    movl $1, %eax
    jmp *20(%ecx)

/* A double fault switches to a task with a stack of its own, which starts here.
 * For the next double fault the task resumes after its own iret and jumps back
 * here. The error code is on the stack and always zero. */
    .globl double_fault_entry
double_fault_entry:
    call double_fault
    addl $4, %esp
    iret
    jmp double_fault_entry
