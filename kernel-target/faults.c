// Fault reports, and how the kernel survives a fault in loaded code.
//
// The kernel sets a checkpoint before it calls loaded code. When the loaded
// code, or a kernel function that it called, faults, the kernel reports the
// fault and resumes at the checkpoint. The calls above the checkpoint end
// without a result. Each of them is on the processor's shadow stack, so the
// kernel can take it out of the active-call count of its version. An aborted
// call therefore cannot keep old code alive.
//
// A fault without a checkpoint, or inside a section that must not be cut short
// (kernel_depth), is the kernel's own bug: the kernel panics.

#include "defs.h"
#include "x86.h"

#define VECTOR_PAGE_FAULT 14
#define PF_PRESENT 0x01
#define PF_WRITE 0x02
#define PF_FETCH 0x10
#define TRACE_MAX 8
#define EXIT_PANIC 0x11

extern uint8_t kernel_text_start[], kernel_rodata_start[], kernel_data_start[], kernel_end[];

_Noreturn void checkpoint_resume(const struct Checkpoint *checkpoint);

static const char *const fault_names[] = {
    [0] = "division error",      [1] = "debug trap",       [2] = "NMI",
    [3] = "breakpoint",          [4] = "overflow",         [5] = "bound exceeded",
    [6] = "invalid instruction", [7] = "device missing",   [8] = "double fault",
    [10] = "invalid task state", [11] = "segment missing", [12] = "stack segment fault",
    [13] = "general protection", [14] = "page fault",      [16] = "x87 error",
    [17] = "misalignment",       [18] = "machine check",   [19] = "SSE error",
};

static const char *fault_name(uint32_t vector) {
    const char *name = vector < ARRAY_LENGTH(fault_names) ? fault_names[vector] : NULL;
    return name ? name : "unknown fault";
}

static const char *page_fault_cause(uint32_t error) {
    if (error & PF_FETCH)
        return error & PF_PRESENT ? "execution of a page that is not executable"
                                  : "execution of an unmapped page";
    if (error & PF_WRITE)
        return error & PF_PRESENT ? "write to a read-only page" : "write to an unmapped page";
    return error & PF_PRESENT ? "read refused" : "read of an unmapped page";
}

static const char *kernel_section(uint32_t address) {
    if (address < PAGE_SIZE)
        return "null page";
    if (address < (uint32_t)kernel_text_start)
        return "low memory";
    if (address < (uint32_t)kernel_rodata_start)
        return "kernel text";
    if (address < (uint32_t)kernel_data_start)
        return "kernel constants";
    if (address < (uint32_t)kernel_end)
        return "kernel data";
    if (address < frames_memory_top())
        return "kernel memory";
    return "no memory";
}

static const char *stack_place(uint32_t address) {
    for (uint32_t i = 0; i < MAX_CPUS; i++) {
        if (cpus[i].stack_floor == 0)
            continue;
        if (address - cpus[i].stack_floor < cpus[i].stack_top - cpus[i].stack_floor)
            return "stack";
        if (address - (cpus[i].stack_floor - PAGE_SIZE) < PAGE_SIZE)
            return "guard page of the stack";
    }
    return NULL;
}

void describe_address(uint32_t address) {
    struct Function *function;
    struct Version *version;
    const char *place = pool_of_address(address);
    if (!place)
        place = stack_place(address);
    kprintf("0x%08x (%s", address, place ? place : kernel_section(address));
    if (functions_find_address(address, &function, &version)) {
        if (version)
            kprintf(": %s O%u", function->manifest->name, version->tier);
        else
            kprintf(": entry stub of %s", function->manifest->name);
    }
    kprintf(")");
}

// Counts the frames in a row, up to the one before `end`, that are calls of one
// version.
static uint32_t count_levels(const struct ShadowFrame *base, const struct ShadowFrame *end) {
    uint32_t levels = 0;
    while (end - levels > base && (end - levels - 1)->version == (end - 1)->version)
        levels++;
    return levels;
}

// Prints the calls in progress on this processor, innermost first. A recursion
// takes one line.
static void print_calls(void) {
    const struct Cpu *cpu = this_cpu();
    const struct ShadowFrame *end = cpu->shadow_top;
    for (uint32_t i = 0; i < TRACE_MAX && end > cpu->shadow_base; i++) {
        const struct Version *version = (end - 1)->version;
        uint32_t levels = count_levels(cpu->shadow_base, end);
        end -= levels;
        if (!version)
            continue; // this call had not reached its code
        kprintf("[FAULT]   %s %s O%u", i == 0 ? "inside" : "called from",
                version->function->manifest->name, version->tier);
        kprintf(levels > 1 ? ", %u levels\n" : "\n", levels);
    }
    if (end > cpu->shadow_base)
        kprintf("[FAULT]   and %u more\n", (uint32_t)(end - cpu->shadow_base));
}

static void print_registers(const struct TrapFrame *f) {
    kprintf("[FAULT]   eax=%08x ebx=%08x ecx=%08x edx=%08x esi=%08x edi=%08x ebp=%08x esp=%08x\n",
            f->eax, f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp, (uint32_t)(f + 1));
}

_Noreturn void panic(const char *reason, ...) {
    va_list arguments;
    va_start(arguments, reason);
    interrupts_off();
    kprintf("[PANIC] ");
    kvprintf(reason, arguments);
    kprintf("\n");
    power_off(EXIT_PANIC);
}

void checkpoint_enter(struct Checkpoint *checkpoint) {
    struct Cpu *cpu = this_cpu();
    uint32_t flags;
    __asm__ volatile("pushfl; popl %0" : "=r"(flags));
    checkpoint->outer = cpu->checkpoint;
    checkpoint->shadow_top = cpu->shadow_top;
    checkpoint->interrupt_depth = cpu->interrupt_depth;
    checkpoint->kernel_depth = cpu->kernel_depth;
    checkpoint->interrupts_were_on = flags & EFLAGS_IF;
    cpu->kernel_depth = 0; // an interrupt may call loaded code inside such a section
    cpu->checkpoint = checkpoint;
}

void checkpoint_leave(struct Checkpoint *checkpoint) {
    struct Cpu *cpu = this_cpu();
    cpu->kernel_depth = checkpoint->kernel_depth;
    cpu->checkpoint = checkpoint->outer;
}

static bool can_abort(void) {
    const struct Cpu *cpu = this_cpu();
    return cpu->checkpoint && cpu->kernel_depth == 0;
}

// Ends every call above the checkpoint and resumes there.
static _Noreturn void abort_to_checkpoint(void) {
    struct Cpu *cpu = this_cpu();
    struct Checkpoint *checkpoint = cpu->checkpoint;
    interrupts_off();
    console_break_lock();
    if (cpu->index == 0)
        console_stop_typed = false; // the call it was to stop has ended
    profile_unwind(checkpoint->shadow_top);
    cpu->interrupt_depth = checkpoint->interrupt_depth;
    cpu->kernel_depth = 0;
    interrupts_restore(checkpoint->interrupts_were_on);
    checkpoint_resume(checkpoint);
}

_Noreturn void abort_call(const char *reason, ...) {
    va_list arguments;
    va_start(arguments, reason);
    console_hold();
    kprintf("[FAULT] ");
    kvprintf(reason, arguments);
    kprintf("\n");
    print_calls();
    if (!can_abort())
        panic("the fault has no checkpoint to return to");
    kprintf("[FAULT] call aborted, the kernel continues\n");
    abort_to_checkpoint();
}

// If the interrupt hit the kernel's own code, a call may be half counted. Then
// this does nothing, and the caller tries again at a later interrupt.
void stop_call(const struct TrapFrame *frame) {
    if (frame->eip - CODE_RUN_BASE < POOL_MAX_SIZE && can_abort())
        abort_call("stopped from the console");
}

void stop_if_asked(const struct TrapFrame *frame) {
    if (console_stop_typed)
        stop_call(frame);
}

// Called by the 64-bit helpers of the compiler's run-time library, which is
// built with stack protection.
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void) {
    abort_call("the stack has been overwritten");
}

void fault(struct TrapFrame *frame) {
    console_hold();
    kprintf("[FAULT] %s", fault_name(frame->vector));
    if (frame->vector == VECTOR_PAGE_FAULT) {
        kprintf(": %s, error 0x%02x, address ", page_fault_cause(frame->error), frame->error);
        describe_address(read_cr2());
    } else if (frame->error) {
        kprintf(", error 0x%02x", frame->error);
    }
    kprintf("\n[FAULT]   at ");
    describe_address(frame->eip);
    kprintf(", processor %u\n", cpu_index());
    print_calls();
    print_registers(frame);
    if (!can_abort())
        panic("fault in the kernel");
    kprintf("[FAULT] call aborted, the kernel continues\n");
    abort_to_checkpoint();
}

// The task switch has set CR0.TS, which makes the next floating-point
// instruction fault.
static void resume_after_double_fault(void) {
    clear_task_switched();
    abort_to_checkpoint();
}

// entry.S calls this in a task of its own, on a stack of its own. On return the
// faulting task continues where this function redirected it.
void double_fault(void);
void double_fault(void) {
    struct InterruptedTask task = cpu_interrupted_task();
    console_hold();
    kprintf("[FAULT] double fault: no stack to report a fault on, esp ");
    describe_address(task.esp - 4);
    kprintf("\n[FAULT]   at ");
    describe_address(task.eip);
    kprintf(", processor %u\n", cpu_index());
    print_calls();
    if (!can_abort())
        panic("double fault in the kernel");
    kprintf("[FAULT] call aborted, the kernel continues\n");
    // The stack below the checkpoint's stack pointer is free: it belongs to the
    // calls being aborted.
    cpu_redirect_interrupted_task(resume_after_double_fault, this_cpu()->checkpoint->esp - 64);
}
