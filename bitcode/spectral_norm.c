// Floating point: the largest eigenvalue of an infinite matrix, approximated.
//
// Each product calls one tiny leaf, `element`, n * n times. At O0 the calls
// dominate; from O2 on LLVM inlines the leaf into its caller and vectorises
// the loop around it. argv[1] is n: 60 by default, about 7,000 for seconds at
// O3.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double element(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static double row_times(const double* v, int n, int i, int transposed) {
  double sum = 0;
  for (int j = 0; j < n; j++)
    sum += (transposed ? element(j, i) : element(i, j)) * v[j];
  return sum;
}

static void multiply(double* out, const double* v, int n, int transposed) {
  for (int i = 0; i < n; i++)
    out[i] = row_times(v, n, i, transposed);
}

static double dot(const double* a, const double* b, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 60;
  double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *t = malloc(n * sizeof *t);
  for (int i = 0; i < n; i++)
    u[i] = 1;
  for (int i = 0; i < 10; i++) {
    multiply(t, u, n, 0);
    multiply(v, t, n, 1);
    multiply(t, v, n, 0);
    multiply(u, t, n, 1);
  }
  printf("%.9f\n", sqrt(dot(u, v, n) / dot(v, v, n)));
  free(u), free(v), free(t);
  return 0;
}
