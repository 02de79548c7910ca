#include <emmintrin.h>

__m128 library_sqrt(__m128 x) { return _mm_sqrt_ps(x); }

double library_sum(const double *values, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++)
    sum += values[i];
  return sum;
}
