// LU decomposition with partial pivoting (Golub and Van Loan, Matrix Computations, algorithm 3.4.1), and the
// determinant from it.
//
// Rows through an array of pointers, each from a malloc of its own. argv[1] is n: 40 by default.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 40;
  double** a = malloc(n * sizeof *a);
  unsigned state = 1;
  for (int i = 0; i < n; i++) {
    a[i] = malloc(n * sizeof **a);
    for (int j = 0; j < n; j++) {
      state = state * 1664525u + 1013904223u;
      a[i][j] = (state >> 8) / 16777216.0 - 0.5;
    }
  }
  int sign = 1, swaps = 0;
  double logarithm = 0;
  for (int k = 0; k < n; k++) {
    int pivot = k;
    for (int i = k + 1; i < n; i++)
      if (fabs(a[i][k]) > fabs(a[pivot][k])) pivot = i;
    if (pivot != k) {
      double* swapped = a[k];
      a[k] = a[pivot];
      a[pivot] = swapped;
      sign = -sign;
      swaps++;
    }
    if (a[k][k] < 0) sign = -sign;
    logarithm += log(fabs(a[k][k]));
    for (int i = k + 1; i < n; i++) {
      a[i][k] /= a[k][k];
      for (int j = k + 1; j < n; j++)
        a[i][j] -= a[i][k] * a[k][j];
    }
  }
  printf("%d: %d swaps, determinant %s exp(%.9f)\n", n, swaps, sign < 0 ? "-" : "+", logarithm);
  for (int i = 0; i < n; i++)
    free(a[i]);
  free(a);
  return 0;
}
