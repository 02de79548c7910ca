// Bitcode that was compiled for AVX calls a library that was not.
#include <immintrin.h>
#include <stdio.h>

__m128 library_sqrt(__m128 x);
double library_sum(const double *values, int count);

typedef float wide __attribute__((vector_size(32)));

__attribute__((noinline)) static wide scaled(wide a, float by) { return a * by; }

int main(void) {
  double values[64], sum = 0;
  wide w = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int i = 0; i < 64; i++)
    values[i] = i * 0.5;
  for (int i = 0; i < 12000; i++) {
    w = scaled(w, i % 2 ? 2.0f : 0.5f);
    __m128 low = library_sqrt(_mm256_castps256_ps128((__m256)w));
    values[i % 64] += w[7] + low[3] * 0.25;
    sum = sum * 0.5 + library_sum(values, 64);
  }
  printf("%a %a %a\n", sum, (double)w[0], (double)w[7]);
}
