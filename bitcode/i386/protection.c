// What loaded code must not be able to do: read, write and execute any address
// it is given, divide by anything, run an instruction that does not exist, never
// come back. The kernel has to name the fault and go on.
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
    volatile int32_t divisor = b; // or the compiler may assume it is not zero
    return a / divisor;
}

uint32_t undefined_instruction(void) {
    __asm__ volatile("ud2");
    return 0;
}
