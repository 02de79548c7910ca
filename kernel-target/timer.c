// Time: the 8253/8254 timer for ticks, the time stamp counter for durations.
//
// At boot the kernel measures the counter's rate against the timer's channel 2
// for three milliseconds. Durations are for people to read; no choice of a tier
// depends on them. Timed paths contain no 64-bit divisions.

#include "defs.h"
#include "x86.h"

#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_HZ 1193182
#define SPEAKER_PORT 0x61
#define SPEAKER_GATE2 0x01
#define SPEAKER_DATA 0x02
#define SPEAKER_OUT2 0x20
#define TIMER_IRQ 0
#define CALIBRATION_US 1000
#define CALIBRATIONS 3

uint32_t tsc_per_microsecond = 1;
volatile uint32_t timer_ticks;
uint64_t boot_tsc;
static void (*volatile timer_hook)(void);

// Counts channel 2 down once. Returns the time stamp ticks per microsecond.
static uint32_t measure_rate(void) {
    uint32_t count = (uint32_t)((uint64_t)PIT_HZ * CALIBRATION_US / 1000000);
    out8(SPEAKER_PORT, (in8(SPEAKER_PORT) & ~SPEAKER_DATA) | SPEAKER_GATE2);
    out8(PIT_COMMAND, 0xB0); // channel 2, both bytes, interrupt on terminal count
    out8(PIT_CHANNEL2, count & 0xFF);
    out8(PIT_CHANNEL2, (uint8_t)(count >> 8));
    uint64_t start = rdtsc();
    while (!(in8(SPEAKER_PORT) & SPEAKER_OUT2))
        cpu_relax();
    return (uint32_t)(rdtsc() - start) / CALIBRATION_US;
}

// A delay before the last read makes a rate too high, so the lowest counts.
static void calibrate(void) {
    uint32_t lowest = UINT32_MAX;
    for (int i = 0; i < CALIBRATIONS; i++) {
        uint32_t rate = measure_rate();
        if (rate < lowest)
            lowest = rate;
    }
    tsc_per_microsecond = lowest ? lowest : 1;
}

static void timer_interrupt(struct TrapFrame *frame) {
    timer_ticks++;
    void (*hook)(void) = timer_hook;
    if (hook)
        hook();
    stop_if_asked(frame);
}

void timer_init(uint32_t hz) {
    calibrate();
    uint32_t divisor = PIT_HZ / hz;
    out8(PIT_COMMAND, 0x34); // channel 0, both bytes, rate generator
    out8(PIT_CHANNEL0, divisor & 0xFF);
    out8(PIT_CHANNEL0, (uint8_t)(divisor >> 8));
    interrupts_set_irq(TIMER_IRQ, timer_interrupt);
}

void timer_set_hook(void (*hook)(void)) {
    timer_hook = hook;
}

uint32_t microseconds_since(uint64_t tsc) {
    return (uint32_t)((rdtsc() - tsc) / tsc_per_microsecond);
}

void delay_microseconds(uint32_t microseconds) {
    uint64_t start = rdtsc();
    while (microseconds_since(start) < microseconds)
        cpu_relax();
}
