// The second processor: the boot processor starts it through the local APIC and
// gives it jobs.
//
// A job calls one loaded function a number of times; between jobs the processor
// sleeps. The sender hands over a job by storing its address in `mailbox` and
// sending an interrupt. The second processor stores null when it has finished,
// and only then may the sender touch the job again. The boot processor alone
// loads, publishes and frees code.

#include "defs.h"
#include "x86.h"

#define TRAMPOLINE 0x8000 // below 1 MiB; the startup message carries its page number
#define APIC_ID 0x20
#define APIC_END_OF_INTERRUPT 0xB0
#define APIC_SPURIOUS 0xF0
#define APIC_COMMAND_LOW 0x300
#define APIC_COMMAND_HIGH 0x310
#define APIC_ENABLE 0x100
#define COMMAND_INIT 0x4500
#define COMMAND_STARTUP 0x4600
#define COMMAND_FIXED 0x4000
#define COMMAND_PENDING 0x1000
#define INIT_WAIT_US 200
#define STARTUP_WAIT_US 20000
#define MAX_LISTED 16

extern uint8_t ap_trampoline[], ap_trampoline_end[];

uint32_t cpus_running = 1;
uint32_t ap_stack_top; // read by boot.S

static struct {
    uint32_t base; // of the local APIC's registers; 0: not in use
    uint8_t ids[MAX_LISTED];
    uint32_t id_count;
} apic;

static struct Job *volatile mailbox;
static volatile bool synchronised; // the second processor has answered

static volatile uint32_t *apic_register(uint32_t offset) {
    return (volatile uint32_t *)(apic.base + offset);
}

void smp_wake_interrupt(void) {
    *apic_register(APIC_END_OF_INTERRUPT) = 0;
}

// The return from the interrupt is what serialises.
void smp_synchronise_interrupt(void) {
    *apic_register(APIC_END_OF_INTERRUPT) = 0;
    __atomic_store_n(&synchronised, true, __ATOMIC_RELEASE);
}

// The second processor has no timer interrupt that would look for ^C.
void smp_stop_interrupt(const struct TrapFrame *frame) {
    *apic_register(APIC_END_OF_INTERRUPT) = 0;
    stop_call(frame);
}

static void send_command(uint32_t apic_id, uint32_t command) {
    *apic_register(APIC_COMMAND_HIGH) = apic_id << 24;
    *apic_register(APIC_COMMAND_LOW) = command;
    while (*apic_register(APIC_COMMAND_LOW) & COMMAND_PENDING)
        cpu_relax();
}

static void enable_apic(void) {
    *apic_register(APIC_SPURIOUS) = APIC_ENABLE | VECTOR_SPURIOUS;
}

// boot.S continues here on the second processor, on that processor's own stack.
_Noreturn void ap_main(void);
_Noreturn void ap_main(void) {
    cpu_load(1);
    interrupts_load();
    enable_apic();
    __atomic_store_n(&cpus_running, 2, __ATOMIC_RELEASE);
    for (;;) {
        interrupts_off();
        struct Job *job = __atomic_load_n(&mailbox, __ATOMIC_ACQUIRE);
        if (!job) {
            wait_for_interrupt();
            continue;
        }
        interrupts_on();
        job_run(job);
        __atomic_store_n(&mailbox, NULL, __ATOMIC_RELEASE);
    }
}

static void start_processor(uint32_t apic_id) {
    cpus[1].apic_id = apic_id;
    cpu_prepare(1);
    ap_stack_top = cpus[1].stack_top;
    memcpy((void *)TRAMPOLINE, ap_trampoline, (uint32_t)(ap_trampoline_end - ap_trampoline));
    send_command(apic_id, COMMAND_INIT);
    delay_microseconds(INIT_WAIT_US);
    // The second startup message is for processors that miss the first; a
    // running processor ignores it.
    for (int i = 0; i < 2 && cpus_running == 1; i++) {
        send_command(apic_id, COMMAND_STARTUP | TRAMPOLINE / PAGE_SIZE);
        uint64_t start = rdtsc();
        while (__atomic_load_n(&cpus_running, __ATOMIC_ACQUIRE) == 1 &&
               microseconds_since(start) < STARTUP_WAIT_US)
            cpu_relax();
    }
}

void smp_find(void) {
    apic.id_count = acpi_find_processors(apic.ids, MAX_LISTED, &apic.base);
}

void smp_init(bool wanted) {
    if (apic.id_count == 0)
        return;
    paging_map(apic.base, apic.base, PAGE_WRITABLE | PAGE_NO_EXECUTE | PAGE_UNCACHED);
    enable_apic();
    cpus[0].apic_id = *apic_register(APIC_ID) >> 24;
    for (uint32_t i = 0; i < apic.id_count && wanted && cpus_running < MAX_CPUS; i++)
        if (apic.ids[i] != cpus[0].apic_id)
            start_processor(apic.ids[i]);
}

// The kernel writes code through one address and executes it at another, and
// that memory may have held other code before. The architecture then requires a
// serialising instruction on each processor that will execute the code: cpuid
// here, the return from an interrupt there. The wait ends, because the second
// processor never keeps interrupts off while it waits for this one.
void smp_synchronise_code(void) {
    serialise();
    if (cpus_running < 2)
        return;
    __atomic_store_n(&synchronised, false, __ATOMIC_RELEASE);
    send_command(cpus[1].apic_id, COMMAND_FIXED | VECTOR_SYNCHRONISE);
    while (!__atomic_load_n(&synchronised, __ATOMIC_ACQUIRE))
        cpu_relax();
}

bool smp_start_job(struct Job *job) {
    if (cpus_running < 2 || smp_job_running())
        return false;
    __atomic_store_n(&mailbox, job, __ATOMIC_RELEASE);
    send_command(cpus[1].apic_id, COMMAND_FIXED | VECTOR_WAKE);
    return true;
}

void smp_stop_job(void) {
    send_command(cpus[1].apic_id, COMMAND_FIXED | VECTOR_STOP);
}

bool smp_job_running(void) {
    return __atomic_load_n(&mailbox, __ATOMIC_ACQUIRE) != NULL;
}
