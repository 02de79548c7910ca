// Bitcode that was built for FMA: what is fused is decided once, not by each tier.
#include <math.h>
#include <stdio.h>

__attribute__((noinline)) static double separate(double a, double b, double c) {
  double product = a * b;
  return product + c;
}
__attribute__((noinline)) static float chain(float a, float b) { return a * b + b * 3.0f - a * 0.3f; }
__attribute__((noinline)) static double explicitly(double a, double b) { return fma(a, b, -a); }
__attribute__((noinline, target("no-fma"))) static double without(double a, double b, double c) { return a * b + c; }

int main(void) {
  if (!__builtin_cpu_supports("fma")) return 77;
  double sum = 0.1, other = 0.1;
  for (int i = 1; i < 12000; i++) {
    sum = separate(sum, 1.0 / 3, 0.7) + (double)chain((float)sum, 0.1f * i) * 1e-6;
    other = without(other, 1.0 / 3, explicitly(sum, 0.1));
  }
  printf("%a %a\n", sum, other);
}
