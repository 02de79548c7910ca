// Structures by value: results through a hidden pointer, which the callee takes
// off the stack (`ret $4`), arguments of several words, and a 64-bit result in
// edx:eax. A profiler that disturbed any of these would show here.
#include <stdint.h>

struct Vector {
    double x, y;
};

struct Extent {
    int32_t low, high;
    int64_t sum;
    uint32_t count;
};

struct Vector rotate_scale(struct Vector v, double factor) {
    return (struct Vector){-v.y * factor, v.x * factor};
}

struct Extent widen(struct Extent extent, int32_t value) {
    if (extent.count == 0 || value < extent.low)
        extent.low = value;
    if (extent.count == 0 || value > extent.high)
        extent.high = value;
    extent.sum += value;
    extent.count++;
    return extent;
}

double spiral(int32_t turns) {
    struct Vector v = {1, 0.5};
    for (int32_t i = 0; i < turns; i++)
        v = rotate_scale(v, 1.0625);
    return v.x - v.y;
}

int64_t extent_of(int32_t count, int32_t step) {
    struct Extent extent = {0};
    for (int32_t i = 0; i < count; i++)
        extent = widen(extent, (i * step) % 1000 - 300);
    return extent.sum * 1000 + extent.high - extent.low;
}
