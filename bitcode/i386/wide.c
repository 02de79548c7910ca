// 64-bit integers on a 32-bit processor: products, shifts, and divisions, which
// the compiler turns into calls of the kernel's exported helpers (__udivdi3 and
// its relatives).
#include <stdint.h>

uint64_t divide_unsigned(uint64_t a, uint64_t b) {
    return a / b;
}
int64_t remainder_signed(int64_t a, int64_t b) {
    return a % b;
}
int64_t shift_mix(int64_t value, int32_t by) {
    return (value << (by & 63)) ^ (value >> (by & 31)) ^ (int64_t)((uint64_t)value >> 7);
}

uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

uint64_t power_modulo(uint64_t base, uint32_t exponent, uint32_t modulus) {
    uint64_t result = 1;
    base %= modulus;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

uint64_t xorshift_sum(uint32_t rounds) {
    uint64_t state = 0x9E3779B97F4A7C15u, sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sum += state;
    }
    return sum;
}
