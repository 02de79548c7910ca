/* The first instructions of each processor.
 *
 * The boot processor arrives from multiboot in 32-bit protected mode, paging
 * off. Every other processor arrives in real mode at ap_trampoline, which
 * smp.c has copied below 1 MiB, and leaves that page at once. Only the switch
 * to protected mode and the far jump into the kernel's text run there, so the
 * page never has to be executable once paging is on. Both reach C with a flat
 * GDT; cpu_load() then loads the processor's own. */

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_MEMORY_INFO 2

#define CR0_PE 0x00000001
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_MEMORY_INFO
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_MEMORY_INFO)

    .text
    .globl boot_entry
boot_entry:
    cli
    cld
    movl $boot_stack_top, %esp
    lgdt boot_gdt_pointer
    ljmp $CODE_SELECTOR, $1f
1:  movw $DATA_SELECTOR, %cx
    movw %cx, %ds
    movw %cx, %es
    movw %cx, %ss
    movw %cx, %fs
    movw %cx, %gs
    pushl %ebx              /* struct MultibootInfo * */
    pushl %eax              /* the loader's magic number */
    call kernel_prepare
    movl %eax, %esp         /* mapped, with a guard page below */
    call kmain
2:  cli
    hlt
    jmp 2b

/* smp.c copies ap_trampoline .. ap_trampoline_end to a page boundary below
 * 1 MiB. The copy may address its own data only through %cs. */
    .code16
    .globl ap_trampoline, ap_trampoline_end, ap_trampoline_gdt
ap_trampoline:
    cli
    cld
    lgdtl %cs:(ap_trampoline_gdt - ap_trampoline)
    movl %cr0, %eax
    orl $CR0_PE, %eax
    movl %eax, %cr0
    ljmpl $CODE_SELECTOR, $ap_protected
    .balign 4
ap_trampoline_gdt:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt
ap_trampoline_end:

    .code32
ap_protected:
    movw $DATA_SELECTOR, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    movl $ap_boot_stack_top, %esp
    call paging_enable      /* the same tables as the boot processor's */
    movl ap_stack_top, %esp /* from here on in mapped memory with a guard */
    call ap_main
3:  cli
    hlt
    jmp 3b

    .section .rodata
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF /* code: flat, 32-bit, accessed */
    .quad 0x00CF93000000FFFF /* data: flat, 32-bit, accessed */
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt

    .bss
    .balign 16
    .space 8192
boot_stack_top:
    .space 256
ap_boot_stack_top:
