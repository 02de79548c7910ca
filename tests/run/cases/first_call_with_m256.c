// The first call of a function with __m256 arguments goes through the lazy
// compiler, which must preserve all 32 bytes of each register.
#include <immintrin.h>
#include <stdio.h>

__attribute__((noinline, target("avx2"))) static __m256d combine(__m256d a, __m256d b, __m256d c, __m256d d, __m256d e,
                                                                 __m256d f, __m256d g, __m256d h) {
  return _mm256_add_pd(_mm256_add_pd(_mm256_sub_pd(a, b), _mm256_mul_pd(c, d)),
                       _mm256_add_pd(_mm256_sub_pd(e, f), _mm256_mul_pd(g, h)));
}
__attribute__((target("avx2"))) static void run(int i) {
  double out[4];
  __m256d v = _mm256_set_pd(i + 1.5, i + 2.5, i + 3.5, i + 4.5), w = _mm256_set1_pd(i);
  _mm256_storeu_pd(out, combine(v, w, v, v, w, v, w, v));
  printf("%g %g %g %g\n", out[0], out[1], out[2], out[3]);
}

int main(void) {
  if (!__builtin_cpu_supports("avx2")) return 77;
  for (int i = 0; i < 5; i++)
    run(i);
}
