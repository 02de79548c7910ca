// Ends the machine.
//
// Under QEMU with `-device isa-debug-exit,iobase=0xf4,iosize=0x04`, writing V
// ends QEMU with status 2 V + 1. This status tells a test that the kernel
// reached its end: a crash of the machine ends with 0. Without that device the
// chipset's power management turns the machine off.

#include "defs.h"
#include "x86.h"

#define DEBUG_EXIT_PORT 0xF4
#define PM_CONTROL_PORT 0x604
#define PM_SLEEP_OFF 0x2000

_Noreturn void power_off(uint32_t code) {
    interrupts_off();
    out32(DEBUG_EXIT_PORT, code);
    out16(PM_CONTROL_PORT, PM_SLEEP_OFF);
    for (;;)
        halt();
}
