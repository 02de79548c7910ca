// Clang vectorised loops over mathematical functions into calls of vector functions. -lm also provides libmvec to a
// program that needs it.
#include <math.h>
#include <stdio.h>

static double x[1000], y[1000];

__attribute__((noinline)) static double waves(double phase) {
  for (int i = 0; i < 1000; i++)
    y[i] = sin(x[i] + phase) + exp(-x[i]) * cos(x[i]);
  double sum = 0;
  for (int i = 0; i < 1000; i++)
    sum += y[i];
  return sum;
}

int main(void) {
  for (int i = 0; i < 1000; i++)
    x[i] = i * 0.01;
  for (int i = 0; i < 20; i++)
    printf("%.6f\n", waves(i));
}
