// Arithmetic and conversions under each rounding mode, at each tier. A
// conversion to half precision in software rounds to nearest, an instruction as
// the mode says.
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#pragma STDC FENV_ACCESS ON

__attribute__((noinline)) static double arithmetic(double a, double b, double c) { return a * b + c / b - sqrt(a); }
__attribute__((noinline)) static double fused(double a, double b, double c) { return fma(a, b, c); }
__attribute__((noinline)) static uint16_t to_half(float f) {
  _Float16 h = (_Float16)f;
  uint16_t bits;
  memcpy(&bits, &h, 2);
  return bits;
}
__attribute__((noinline)) static uint16_t of_halves(_Float16 a, _Float16 b) {
  _Float16 h = a * b + a / b;
  uint16_t bits;
  memcpy(&bits, &h, 2);
  return bits;
}
__attribute__((noinline)) static float from_unsigned(uint64_t u) { return (float)u; }
__attribute__((noinline)) static uint32_t to_unsigned(double d) { return (uint32_t)d; }
__attribute__((noinline)) static double rounded(double d) { return rint(d) + floor(d) * 16 + nearbyint(d / 3); }
__attribute__((noinline)) static long double extended(long double a, double b) { return a / b + 0.1L; }

int main(void) {
  static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  double sum = 0;
  uint64_t hash = 0;
  for (int i = 0; i < 12000; i++) {
    fesetround(modes[i % 4]);
    sum = arithmetic(i + 0.1, 1.7, sum) * 0.5 + fused(sum, 0.3, i);
    hash = hash * 31 + to_half(i * 0.0123f) + of_halves((_Float16)(1 + i % 100), (_Float16)3);
    hash = hash * 31 + (uint64_t)from_unsigned(0xfffffffffffffff - (uint64_t)i * 12345);
    hash = hash * 31 + to_unsigned(i * 1000.75) + (uint64_t)(int64_t)rounded(i * 0.37 - 100);
    sum += (double)extended(sum, 3.3);
  }
  fesetround(FE_TONEAREST);
  printf("%a %lx\n", sum, (unsigned long)hash);
}
