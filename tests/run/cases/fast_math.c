// -ffast-math: sums may be reordered, divisions estimated, multiplications fused
// with additions. What is computed must not depend on when a function changes tier.
#include <math.h>
#include <stdio.h>

static float x[1000], y[1000];

__attribute__((noinline)) static void step(float *a, float *b, int n) {
  for (int i = 0; i < n; i++)
    a[i] = a[i] / b[i] + 1.0f / sqrtf(a[i] + 1.5f);
}
__attribute__((noinline)) static float dot(const float *a, const float *b, int n) {
  float sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}
__attribute__((noinline)) static float least(const float *a, int n) {
  float m = a[0];
  for (int i = 1; i < n; i++)
    m = fminf(m, a[i] * 3.0f - 1.0f);
  return m;
}
static inline double length(double a, double b, double c) { return sqrt(a * a + b * b + c * c); }
__attribute__((noinline)) static double chain(double a, double b, double c, double d) {
  return a * 0.1 + b * 0.2 + c * 0.3 + d * 0.4 + length(a, b, c) / d;
}
__attribute__((noinline)) static void scale(float *a, float by, int n) { // the host's widest vectors may do this
  for (int i = 0; i < n; i++)
    a[i] = a[i] * by;
}

int main(void) {
  for (int i = 0; i < 1000; i++) {
    x[i] = 1 + i * .37f;
    y[i] = 1.01f + i % 7 * .003f;
  }
  double sum = 0;
  for (int k = 0; k < 12000; k++) {
    step(x, y, 100);
    sum += dot(x, y, 900) + least(y, 300) + chain(k, x[k % 1000], y[k % 1000], 3 + k % 5);
    scale(x + 900, 1.0001f, 100);
  }
  printf("%.17g", sum);
  for (int i = 0; i < 1000; i += 111)
    printf(" %.9g", x[i]);
  puts("");
}
