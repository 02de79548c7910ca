// The interrupt table, the 8259 interrupt controllers, and what each vector does.
//
// Vectors 0 to 31 are faults. Vectors 32 to 47 are the interrupt lines of the
// boot processor. VECTOR_WAKE wakes the second processor. Handlers run with
// interrupts off, on the stack that was in use. They may call loaded functions:
// entry.S has saved everything that such a call may change.

#include "defs.h"
#include "x86.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA 0x21
#define PIC2_COMMAND 0xA0
#define PIC2_DATA 0xA1
#define PIC_END_OF_INTERRUPT 0x20
#define PIC_READ_IN_SERVICE 0x0B
#define PIC_CASCADE_LINE 2

#define IRQ_LINES 16
#define VECTORS 256
#define VECTOR_BYTES 16
#define VECTOR_DOUBLE_FAULT 8
#define SELECTOR_CODE 0x08
#define SELECTOR_FAULT_TASK 0x28
#define GATE_INTERRUPT 0x8E00
#define GATE_TASK 0x8500

extern uint8_t interrupt_vectors[];

static uint64_t gates[VECTORS];
static InterruptHandler *handlers[IRQ_LINES];

static void set_gates(void) {
    for (uint32_t vector = 0; vector < VECTORS; vector++) {
        uint32_t target = (uint32_t)interrupt_vectors + vector * VECTOR_BYTES;
        uint32_t low = (target & 0xFFFF) | SELECTOR_CODE << 16;
        gates[vector] = (uint64_t)((target & 0xFFFF0000) | GATE_INTERRUPT) << 32 | low;
    }
    gates[VECTOR_DOUBLE_FAULT] = (uint64_t)GATE_TASK << 32 | SELECTOR_FAULT_TASK << 16;
}

// Masks all lines but the cascade; interrupts_set_irq() unmasks a line.
static void init_controllers(void) {
    out8(PIC1_COMMAND, 0x11); // initialise, four words follow
    out8(PIC2_COMMAND, 0x11);
    out8(PIC1_DATA, VECTOR_IRQ_BASE);
    out8(PIC2_DATA, VECTOR_IRQ_BASE + 8);
    out8(PIC1_DATA, 1 << PIC_CASCADE_LINE);
    out8(PIC2_DATA, PIC_CASCADE_LINE);
    out8(PIC1_DATA, 0x01); // 8086 mode
    out8(PIC2_DATA, 0x01);
    out8(PIC1_DATA, 0xFF & ~(1 << PIC_CASCADE_LINE));
    out8(PIC2_DATA, 0xFF);
}

void interrupts_init(void) {
    set_gates();
    init_controllers();
    interrupts_load();
}

void interrupts_load(void) {
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {sizeof gates - 1, (uint32_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void interrupts_set_irq(uint32_t irq, InterruptHandler *handler) {
    handlers[irq] = handler;
    uint16_t port = irq < 8 ? PIC1_DATA : PIC2_DATA;
    out8(port, in8(port) & (uint8_t)~(1u << (irq % 8)));
}

// A line that drops before the processor asks for the vector shows up as line 7
// or 15 without being in service, and must not be acknowledged.
static bool is_spurious(uint32_t irq) {
    if (irq % 8 != 7)
        return false;
    uint16_t port = irq < 8 ? PIC1_COMMAND : PIC2_COMMAND;
    out8(port, PIC_READ_IN_SERVICE);
    return !(in8(port) & 0x80);
}

static void dispatch_irq(uint32_t irq, struct TrapFrame *frame) {
    if (is_spurious(irq)) {
        if (irq >= 8)
            out8(PIC1_COMMAND, PIC_END_OF_INTERRUPT);
        return;
    }
    // Acknowledge first: if the handler calls loaded code and that faults,
    // control may not come back here. Interrupts stay off, so they cannot nest.
    if (irq >= 8)
        out8(PIC2_COMMAND, PIC_END_OF_INTERRUPT);
    out8(PIC1_COMMAND, PIC_END_OF_INTERRUPT);
    if (handlers[irq])
        handlers[irq](frame);
}

// From entry.S.
void interrupt_dispatch(struct TrapFrame *frame);
void interrupt_dispatch(struct TrapFrame *frame) {
    if (frame->vector < VECTOR_IRQ_BASE) {
        fault(frame);
        return;
    }
    struct Cpu *cpu = this_cpu();
    cpu->interrupt_depth++;
    if (frame->vector < VECTOR_IRQ_BASE + IRQ_LINES)
        dispatch_irq(frame->vector - VECTOR_IRQ_BASE, frame);
    else if (frame->vector == VECTOR_WAKE)
        smp_wake_interrupt();
    else if (frame->vector == VECTOR_SYNCHRONISE)
        smp_synchronise_interrupt();
    else if (frame->vector == VECTOR_STOP)
        smp_stop_interrupt(frame);
    else if (frame->vector != VECTOR_SPURIOUS)
        kprintf("[INIT] unexpected interrupt %u\n", frame->vector);
    cpu->interrupt_depth--;
}
