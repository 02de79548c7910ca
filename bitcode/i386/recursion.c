// Calls inside calls: deep recursion, which keeps the code of every tier it
// passes through alive until it unwinds; functions that call each other; and tail
// calls, which must not grow the stack. All tiers share one copy of global state.
#include <stdint.h>

void *memset(void *to, int byte, __SIZE_TYPE__ size);

static uint32_t visits, bounces;

uint32_t descend(uint32_t depth) {
    visits++;
    if (depth == 0)
        return 0;
    return descend(depth - 1) + 1;
}

uint32_t count_visits(void) {
    return visits;
}

uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

uint32_t is_odd(uint32_t n);
uint32_t is_even(uint32_t n) {
    return n == 0 ? 1 : is_odd(n - 1);
}
uint32_t is_odd(uint32_t n) {
    return n == 0 ? 0 : is_even(n - 1);
}

// Each function passes its argument on unchanged, in place, so from O2 on these calls are jumps.
uint32_t pong(uint32_t limit);
uint32_t ping(uint32_t limit) {
    if (bounces >= limit)
        return bounces;
    bounces++;
    return pong(limit);
}
uint32_t pong(uint32_t limit) {
    if (bounces >= limit)
        return bounces;
    bounces++;
    return ping(limit);
}

// A stack frame larger than any stack reserve, entered without a stack probe.
uint32_t big_frame(uint32_t depth) {
    volatile uint8_t room[100000];
    memset((void *)room, (int)depth, sizeof room);
    return depth == 0 ? room[0] : big_frame(depth - 1) + room[depth];
}
