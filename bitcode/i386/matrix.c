// Floating point, the same to the bit in every tier and on the host: double and
// float products, a sum whose order matters, a square root by iteration, and the
// conversions between integers and floating point. Results come back in st(0).
#include <stdint.h>

#define SIZE 12

static double left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static void fill(double seed) {
    for (int row = 0; row < SIZE; row++) {
        for (int column = 0; column < SIZE; column++) {
            left[row][column] = seed / (row + column + 1);
            right[row][column] = (row - column) * 0.1 + seed;
        }
    }
}

double matrix_trace(double seed) {
    double trace = 0;
    fill(seed);
    for (int row = 0; row < SIZE; row++) {
        for (int column = 0; column < SIZE; column++) {
            double sum = 0;
            for (int k = 0; k < SIZE; k++)
                sum += left[row][k] * right[k][column];
            product[row][column] = sum;
        }
    }
    for (int i = 0; i < SIZE; i++)
        trace += product[i][i];
    return trace;
}

double fused_difference(double a, double b, double c) {
    double t = a * b;
    return t - c; // with x87's wider registers this would depend on the tier
}

float average_f32(int32_t count) {
    float sum = 0;
    for (int32_t i = 1; i <= count; i++)
        sum += 1.0f / (float)i;
    return sum / (float)count;
}

double square_root(double x) {
    double root = x > 1 ? x : 1;
    for (int i = 0; i < 40; i++)
        root = 0.5 * (root + x / root);
    return root;
}

int64_t to_integers(double x) {
    return (int64_t)x * 3 + (int32_t)(x * 0.5);
}

double from_integers(int64_t a, uint64_t b) {
    return (double)a / 7 + (double)b;
}
