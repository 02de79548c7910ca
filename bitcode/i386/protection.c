// Functions that misbehave: they read, write or execute any address they are
// given, divide by zero, run an invalid instruction, or never return. The kernel
// must name the fault and go on.
#include <stdint.h>

uint32_t peek(uint32_t address) {
    return *(volatile uint32_t *)(uintptr_t)address;
}

uint32_t poke(uint32_t address, uint32_t value) {
    *(volatile uint32_t *)(uintptr_t)address = value;
    return value;
}

uint32_t jump(uint32_t address) {
    ((void (*)(void))(uintptr_t)address)();
    return address;
}

int32_t divide(int32_t a, int32_t b) {
    volatile int32_t divisor = b; // volatile: the compiler must not assume that it is nonzero
    return a / divisor;
}

uint32_t undefined_instruction(void) {
    __asm__ volatile("ud2");
    return 0;
}
