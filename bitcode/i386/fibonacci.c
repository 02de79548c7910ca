// Fibonacci numbers two ways: a loop, whose tiers differ in the code of one
// function, and a recursion, each level of which is a call through the function's
// entry stub, so that the function changes tier while it is running.
#include <stdint.h>

uint64_t fibonacci(int32_t n) {
    uint64_t current = 0, next = 1;
    for (int32_t i = 0; i < n; i++) {
        uint64_t sum = current + next;
        current = next;
        next = sum;
    }
    return current;
}

uint32_t fibonacci_recursive(int32_t n) {
    if (n < 2)
        return (uint32_t)n;
    return fibonacci_recursive(n - 1) + fibonacci_recursive(n - 2);
}
