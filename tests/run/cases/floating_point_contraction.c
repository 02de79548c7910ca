// LLVM may fuse a * b + c or not, but the choice must not depend on the tier:
// the program prints the bits of the machine that its bitcode was compiled for.
#include <stdio.h>

__attribute__((noinline)) static double fused(double a, double b, double c) { return a * b + c; }
__attribute__((noinline)) static float single(float a, float b, float c) { return a * b - c; }

int main(void) {
  volatile double start = 0.1;
  double x = start, sum = 0;
  for (int i = 0; i < 200; i++) {
    x = fused(x, 1.0 / 3, 0.7);
    sum = fused(sum, x, -x * x);
  }
  printf("%a %a\n", x, sum);
  volatile float tenth = 0.1f; // volatile: prevents constant folding
  printf("%a %a\n", fused(tenth, 10, -1), (double)single(tenth, 10.0f, 1.0f));
}
