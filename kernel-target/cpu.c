// What belongs to one processor: descriptor tables, stacks, control state.
//
// Segments are flat, and %gs holds the processor's own `struct Cpu`, which
// makes this_cpu() one instruction. Loaded code has no use for %gs, because the
// loader refuses thread-local storage. Each processor has descriptor tables of
// its own, so that one set of selectors serves both.
//
// The stack has an unmapped page below it. A page fault there cannot push its
// frame and becomes a double fault. On i386 only a task gate can move a double
// fault to a good stack. So each processor has two task state segments: in one
// the switch saves the interrupted task, in the other the double fault handler
// runs.

#include "defs.h"
#include "x86.h"

#include <formats/object_stamp.h>

#define STACK_SIZE (1 * MIB)
// A function is entered only with this much stack left, so that an interrupt, a
// fault report or an object being loaded in place still has room.
#define STACK_RESERVE (32 * KIB)
#define SHADOW_SIZE (1 * MIB)
#define FAULT_STACK_SIZE 4096

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_CPU 0x18
#define SELECTOR_TASK 0x20
#define SELECTOR_FAULT_TASK 0x28
#define DESCRIPTORS 6

#define ACCESS_CODE 0x9B
#define ACCESS_DATA 0x93
#define ACCESS_TASK 0x89
#define FLAGS_FLAT 0xC // 32-bit, limit in pages
#define FLAGS_BYTES 0x4

#define CPUID_CX8 (1u << 8)
#define CPUID_APIC (1u << 9)
#define CPUID_CMOV (1u << 15)
#define CPUID_MMX (1u << 23)
#define CPUID_FXSR (1u << 24)
#define CPUID_SSE (1u << 25)
#define CPUID_SSE2 (1u << 26)
#define CPUID_PAE (1u << 6)
#define CPUID_TSC (1u << 4)
#define CPUID_NX (1u << 20) // of leaf 0x80000001

struct TaskState {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2;
    uint32_t cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs;
    uint32_t ldt, io_map;
};

static struct {
    uint64_t descriptors[DESCRIPTORS];
    struct TaskState task;       // the task that a double fault interrupted
    struct TaskState fault_task; // its handler
    uint8_t fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16)));
} tables[MAX_CPUS];

struct Cpu cpus[MAX_CPUS];
uint32_t object_cpu_features;
static bool loaded; // the boot processor's %gs is valid

extern void double_fault_entry(void);

uint32_t cpu_index(void) {
    return loaded ? this_cpu()->index : 0;
}

static void require(bool present, const char *feature) {
    if (!present)
        panic("this processor has no %s; with QEMU use -cpu qemu32,+nx", feature);
}

void cpu_check_features(void) {
    uint32_t regs[4], extended[4];
    cpuid(1, regs);
    cpuid(0x80000001, extended);
    require(regs[3] & CPUID_TSC, "time stamp counter");
    require(regs[3] & CPUID_CX8, "cmpxchg8b");
    require(regs[3] & CPUID_FXSR, "fxsave");
    require(regs[3] & CPUID_SSE, "SSE");
    require(regs[3] & CPUID_PAE, "PAE");
    require(extended[3] & CPUID_NX, "NX");
    object_cpu_features = OBJECT_CPU_CX8 | OBJECT_CPU_FXSR | OBJECT_CPU_SSE;
    if (regs[3] & CPUID_CMOV)
        object_cpu_features |= OBJECT_CPU_CMOV;
    if (regs[3] & CPUID_MMX)
        object_cpu_features |= OBJECT_CPU_MMX;
    if (regs[3] & CPUID_SSE2)
        object_cpu_features |= OBJECT_CPU_SSE2;
}

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags) {
    uint32_t low = (limit & 0xFFFF) | base << 16;
    uint32_t high =
        (base >> 16 & 0xFF) | access << 8 | (limit & 0xF0000) | flags << 20 | (base & 0xFF000000);
    return (uint64_t)high << 32 | low;
}

// Maps zeroed memory at `base` and takes it out of the direct mapping. The
// pages around it stay unmapped.
static uint32_t map_guarded(uint32_t base, uint32_t size) {
    for (uint32_t offset = 0; offset < size; offset += PAGE_SIZE) {
        uint32_t frame = frames_allocate(1);
        if (frame == 0)
            panic("no memory for a stack");
        paging_unmap(frame);
        paging_map(base + offset, frame, PAGE_WRITABLE | PAGE_NO_EXECUTE);
        memset((void *)(base + offset), 0, PAGE_SIZE);
    }
    return base;
}

static void prepare_stacks(struct Cpu *cpu) {
    uint32_t base = (uint32_t)STACKS_BASE + cpu->index * STACKS_STEP + PAGE_SIZE;
    cpu->stack_floor = map_guarded(base, STACK_SIZE);
    cpu->stack_reserve = cpu->stack_floor + STACK_RESERVE;
    cpu->stack_top = cpu->stack_floor + STACK_SIZE;
    cpu->shadow_base = (struct ShadowFrame *)map_guarded(cpu->stack_top + PAGE_SIZE, SHADOW_SIZE);
    cpu->shadow_top = cpu->shadow_base;
    cpu->shadow_limit = (struct ShadowFrame *)((uint32_t)cpu->shadow_base + SHADOW_SIZE);
}

static void prepare_fault_task(uint32_t index) {
    struct TaskState *task = &tables[index].fault_task;
    task->cr3 = read_cr3();
    task->eip = (uint32_t)double_fault_entry;
    task->eflags = 2; // the bit that is always set; interrupts off
    task->esp = (uint32_t)tables[index].fault_stack + FAULT_STACK_SIZE;
    task->cs = SELECTOR_CODE;
    task->es = task->ss = task->ds = task->fs = SELECTOR_DATA;
    task->gs = SELECTOR_CPU;
    task->io_map = sizeof(struct TaskState) << 16;
}

void cpu_prepare(uint32_t index) {
    struct Cpu *cpu = &cpus[index];
    cpu->self = cpu;
    cpu->index = index;
    cpu->stack_canary = (uint32_t)rdtsc() | 1;
    prepare_stacks(cpu);
    prepare_fault_task(index);
    uint64_t *table = tables[index].descriptors;
    table[SELECTOR_CODE / 8] = descriptor(0, 0xFFFFF, ACCESS_CODE, FLAGS_FLAT);
    table[SELECTOR_DATA / 8] = descriptor(0, 0xFFFFF, ACCESS_DATA, FLAGS_FLAT);
    table[SELECTOR_CPU / 8] = descriptor((uint32_t)cpu, sizeof *cpu - 1, ACCESS_DATA, FLAGS_BYTES);
    table[SELECTOR_TASK / 8] =
        descriptor((uint32_t)&tables[index].task, sizeof(struct TaskState) - 1, ACCESS_TASK, 0);
    table[SELECTOR_FAULT_TASK / 8] = descriptor((uint32_t)&tables[index].fault_task,
                                                sizeof(struct TaskState) - 1, ACCESS_TASK, 0);
}

void cpu_load(uint32_t index) {
    tables[index].task.cr3 = read_cr3(); // the switch back loads cr3, but no switch saves it
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {sizeof tables[index].descriptors - 1,
                                         (uint32_t)tables[index].descriptors};
    __asm__ volatile("lgdt %0\n\t"
                     "ljmp %1, $1f\n"
                     "1:\n\t"
                     "movw %w2, %%ds\n\t"
                     "movw %w2, %%es\n\t"
                     "movw %w2, %%ss\n\t"
                     "movw %w2, %%fs\n\t"
                     "movw %w3, %%gs\n\t"
                     "ltr %w4\n\t"
                     "fninit"
                     :
                     : "m"(pointer), "i"(SELECTOR_CODE), "r"(SELECTOR_DATA), "r"(SELECTOR_CPU),
                       "r"(SELECTOR_TASK)
                     : "memory");
    loaded = true;
}

struct InterruptedTask cpu_interrupted_task(void) {
    const struct TaskState *task = &tables[this_cpu()->index].task;
    return (struct InterruptedTask){task->eip, task->esp, task->ebp};
}

void cpu_redirect_interrupted_task(void (*function)(void), uint32_t stack) {
    struct TaskState *task = &tables[this_cpu()->index].task;
    task->eip = (uint32_t)function;
    task->esp = stack;
    task->eflags = 2;
}
