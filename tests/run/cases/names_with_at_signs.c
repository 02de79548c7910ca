// vectorcall puts two @ into a function's name, which ELF tools otherwise take
// for a symbol version.
#include <stdio.h>

__attribute__((noinline, vectorcall)) static double vectors(double a, double b, double c, double d, double e) {
  return a + b * 2 + c * 3 + d * 4 + e * 5;
}
static double(__attribute__((vectorcall)) * const pointer)(double, double, double, double, double) = vectors;

int main(void) {
  for (int i = 0; i < 5; i++)
    printf("%g %g\n", vectors(1, 2, 3, 4, i), pointer(i, 1, 2, 3, 4));
}
