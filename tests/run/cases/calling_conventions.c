// Functions with other conventions than C's: the stub between caller and body
// must keep every register each of them uses.
#include <stdio.h>

__attribute__((noinline, ms_abi)) static long windows(long a, double b, long c, double d, long e, int f) {
  return a + (long)b * 2 + c * 3 + (long)d * 4 + e * 5 + f * 6;
}
__attribute__((noinline, preserve_most)) static long most(long a) { return a * 3 + 1; }
__attribute__((noinline, preserve_all)) static double all(double a) { return a * 2; }
__attribute__((noinline, regcall)) static long regs(long a, long b, long c, long d, long e, long f, long g, long h) {
  return a - b + c - d + e - f + g * h;
}
__attribute__((noinline, preserve_none)) static long none(long a, long b, long c, long d, long e, long f, long g) {
  return a + b + c + d + e + f + g;
}

int main(void) {
  for (int i = 0; i < 5; i++) {
    long live[6] = {i, i + 1, i + 2, i + 3, i + 4, i + 5};
    double floating[4] = {i + .5, i + 1.5, i + 2.5, i + 3.5};
    long r = windows(i, 2.0, 3, 4.0, 5, 6) + most(live[0]) + regs(1, 2, 3, 4, 5, 6, 7, i) + none(1, 2, 3, 4, 5, 6, i);
    double d = all(floating[0]) + all(floating[2]) + floating[3];
    for (int k = 0; k < 6; k++)
      r = r * 7 + live[k];
    printf("%ld %g\n", r, d);
  }
}
