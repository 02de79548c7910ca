// Matrix product c = a * b of two n by n matrices of doubles, from its definition c[i][j] = sum over k of
// a[i][k] * b[k][j] (Golub and Van Loan, Matrix Computations, algorithm 1.1.5: the row-oriented order i, k, j).
//
// One nest of three loops over memory from malloc, entered once. argv[1] is n: 40 by default.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 40;
  double* a = malloc(sizeof(double) * n * n);
  double* b = malloc(sizeof(double) * n * n);
  double* c = calloc((size_t)n * n, sizeof(double));
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      a[i * n + j] = (double)(i - j) / n;
      b[i * n + j] = 1.0 / (i + j + 1);
    }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++)
        c[i * n + j] += a[i * n + k] * b[k * n + j];
  double trace = 0;
  for (int i = 0; i < n; i++)
    trace += c[i * n + i] * (i + 1);
  printf("%d: %.12e %.12e\n", n, trace, c[n - 1]);
  free(a), free(b), free(c);
  return 0;
}
