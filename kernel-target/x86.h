// The processor's instructions and registers that C cannot name.
#ifndef AJIT_KERNEL_X86_H
#define AJIT_KERNEL_X86_H

#include <stdint.h>

#define CR0_WP (1u << 16)
#define CR0_PG (1u << 31)
#define CR0_EM (1u << 2)
#define CR0_MP (1u << 1)
#define CR0_NE (1u << 5)
#define CR4_PAE (1u << 5)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)

#define MSR_EFER 0xC0000080u
#define EFER_NXE (1u << 11)

#define EFLAGS_IF (1u << 9)

static inline void out8(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value) {
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value) {
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port) {
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t in16(uint16_t port) {
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t in32(uint16_t port) {
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void in16_block(uint16_t port, void *to, uint32_t words) {
    __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}

static inline void out16_block(uint16_t port, const void *from, uint32_t words) {
    __asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}

static inline uint64_t rdtsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t rdmsr(uint32_t msr) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value) {
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline void cpuid(uint32_t leaf, uint32_t regs[4]) {
    __asm__ volatile("cpuid"
                     : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
                     : "a"(leaf), "c"(0));
}

static inline void serialise(void) {
    uint32_t regs[4];
    cpuid(0, regs);
}

static inline uint32_t read_cr0(void) {
    uint32_t value;
    __asm__ volatile("movl %%cr0, %0" : "=r"(value));
    return value;
}

static inline void write_cr0(uint32_t value) {
    __asm__ volatile("movl %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint32_t read_cr2(void) {
    uint32_t value;
    __asm__ volatile("movl %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint32_t read_cr3(void) {
    uint32_t value;
    __asm__ volatile("movl %%cr3, %0" : "=r"(value));
    return value;
}

static inline void write_cr3(uint32_t value) {
    __asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint32_t read_cr4(void) {
    uint32_t value;
    __asm__ volatile("movl %%cr4, %0" : "=r"(value));
    return value;
}

static inline void write_cr4(uint32_t value) {
    __asm__ volatile("movl %0, %%cr4" : : "r"(value) : "memory");
}

static inline void clear_task_switched(void) {
    __asm__ volatile("clts");
}

static inline void invlpg(uint32_t address) {
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void interrupts_off(void) {
    __asm__ volatile("cli" : : : "memory");
}
static inline void interrupts_on(void) {
    __asm__ volatile("sti" : : : "memory");
}
static inline void halt(void) {
    __asm__ volatile("hlt" : : : "memory");
}
static inline void cpu_relax(void) {
    __asm__ volatile("pause" : : : "memory");
}

// Keeps the compiler from moving memory accesses across it. The processor needs
// no barrier here: its own interrupts see its accesses in program order.
static inline void compiler_barrier(void) {
    __asm__ volatile("" : : : "memory");
}

// Sleeps until an interrupt. `sti` takes effect after the next instruction, so
// an interrupt that arrives in between wakes the `hlt` instead of preceding it.
static inline void wait_for_interrupt(void) {
    __asm__ volatile("sti; hlt" : : : "memory");
}

// Turns interrupts off and says whether they were on, for interrupts_restore().
static inline uint32_t interrupts_save(void) {
    uint32_t flags;
    __asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
    return flags & EFLAGS_IF;
}

static inline void interrupts_restore(uint32_t were_on) {
    if (were_on)
        interrupts_on();
}

#endif
