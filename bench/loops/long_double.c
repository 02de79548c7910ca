// The logistic map x' = 3.9 x (1 - x) (May, Nature 261, 1976) in extended precision, its mean by Kahan's compensated
// summation (Communications of the ACM 8:1, 1965), and the step at which the same map in double precision diverges.
//
// x87 values live across the loop. argv[1] is the number of steps: 10,000 by default.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  long steps = argc > 1 ? atol(argv[1]) : 10000, parted = -1;
  long double x = 0.5L, sum = 0, lost = 0;
  double y = 0.5;
  for (long i = 0; i < steps; i++) {
    x = 3.9L * x * (1 - x);
    y = 3.9 * y * (1 - y);
    long double term = x - lost, next = sum + term;
    lost = next - sum - term;
    sum = next;
    if (parted < 0 && fabsl(x - y) > 0.1L) parted = i;
  }
  printf("%ld steps: mean %.15Lf, last %.15Lf, parted after %ld\n", steps, sum / steps, x, parted);
  return 0;
}
