// The 80-bit format: arguments in memory, results in st(0), library calls.
#include <math.h>
#include <stdio.h>

__attribute__((noinline)) static long double step(long double x, int n, long double y) {
  return sqrtl(x * x + y) / (n + 1) + fmodl(x, 0.7L);
}
__attribute__((noinline)) static _Complex double turn(_Complex double z) { return z * (0.6 + 0.8i) / (1.0 - 0.5i); }

int main(void) {
  long double x = 1.0L / 3;
  _Complex double z = 1.0 + 2.0i;
  for (int i = 0; i < 8; i++) {
    x = step(x, i, 1e-15L);
    z = turn(z);
    printf("%.20Lg %lld %.6f %.6f\n", x, (long long)(x * 1e18L), __real__ z, __imag__ z);
  }
}
