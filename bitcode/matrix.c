// Matrix product: dense loops in small functions.
//
// The program calls the row-times-matrix kernel once per row and the product
// many times, so call counts alone take it to the top tier, where LLVM should
// vectorise it for this machine. The elements are integers, so the result does
// not depend on the order of additions. argv[1] is the number of products of
// 64 x 64 matrices: 20 by default, some 60,000 for seconds at O3.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { size = 64 };
typedef uint32_t matrix[size][size];

static void add_scaled_row(uint32_t* out, const uint32_t* row, uint32_t factor) {
  for (int j = 0; j < size; j++)
    out[j] += factor * row[j];
}

static void multiply(matrix out, matrix a, matrix b) {
  memset(out, 0, sizeof(matrix));
  for (int i = 0; i < size; i++)
    for (int k = 0; k < size; k++)
      add_scaled_row(out[i], b[k], a[i][k]);
}

int main(int argc, char** argv) {
  static matrix a, b, product;
  unsigned products = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      a[i][j] = i * 3 + j;
      b[i][j] = (i ^ j) + 1;
    }
  for (unsigned n = 0; n < products; n++) {
    multiply(product, a, b);
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++)
        a[i][j] ^= product[i][j] >> 7;
  }
  uint32_t trace = 0;
  for (int i = 0; i < size; i++)
    trace = trace * 31 + product[i][i];
  printf("%u products, trace %u, corner %u\n", products, trace, product[size - 1][0]);
  return trace % 251;
}
