// Sorting through pointers: a quicksort that takes its comparison as a function
// pointer. The pointer is the address of the comparison's entry stub, so it is the
// same in every tier.
#include <stdbool.h>
#include <stdint.h>

typedef bool Less(int32_t a, int32_t b);

#define CAPACITY 256

static int32_t values[CAPACITY];

bool ascending(int32_t a, int32_t b) {
    return a < b;
}
bool descending(int32_t a, int32_t b) {
    return a > b;
}

static Less *const orders[] = {ascending, descending};

void sort(int32_t *first, int32_t *last, Less *less) {
    while (last - first > 1) {
        int32_t pivot = first[(last - first) / 2], *low = first, *high = last - 1;
        while (low <= high) {
            while (less(*low, pivot))
                low++;
            while (less(pivot, *high))
                high--;
            if (low > high)
                break;
            int32_t swapped = *low;
            *low++ = *high;
            *high-- = swapped;
        }
        sort(first, high + 1, less);
        first = low;
    }
}

uint32_t sort_checksum(int32_t count, int32_t order) {
    uint32_t state = 12345, sum = 0;
    if (count > CAPACITY)
        count = CAPACITY;
    for (int32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (int32_t)(state >> 8) - (1 << 23);
    }
    sort(values, values + count, orders[order & 1]);
    for (int32_t i = 0; i < count; i++)
        sum = sum * 31 + (uint32_t)values[i];
    return sum;
}

int32_t insertion_checksum(int32_t count) {
    int32_t sum = 0;
    if (count > CAPACITY)
        count = CAPACITY;
    for (int32_t i = 0; i < count; i++)
        values[i] = (i * 7919) % 1009;
    for (int32_t i = 1; i < count; i++) {
        int32_t value = values[i], at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
    for (int32_t i = 0; i < count; i++)
        sum += values[i] * i;
    return sum;
}
