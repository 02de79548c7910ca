// The spectral norm of an infinite matrix as the Computer Language Benchmarks Game defines it ("spectral-norm"): ten
// rounds of the power method on a[i][j] = 1 / ((i + j)(i + j + 1) / 2 + i + 1), cut to n by n.
//
// The element's formula is written into the loops; three vectors from malloc. argv[1] is n: 40 by default.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 40;
  double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *t = malloc(n * sizeof *t);
  for (int i = 0; i < n; i++)
    u[i] = 1;
  for (int round = 0; round < 20; round++) { // v = transposed(a) * a * u, and u from v in turn
    double *from = round % 2 ? v : u, *to = round % 2 ? u : v;
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++)
        sum += from[j] / ((i + j) * (i + j + 1) / 2 + i + 1);
      t[i] = sum;
    }
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++)
        sum += t[j] / ((i + j) * (i + j + 1) / 2 + j + 1);
      to[i] = sum;
    }
  }
  double uv = 0, vv = 0;
  for (int i = 0; i < n; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  printf("%d: %.9f\n", n, sqrt(uv / vv));
  free(u), free(v), free(t);
  return 0;
}
