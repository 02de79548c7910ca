// Functions with features of their own: vectors of 32 bytes in registers,
// through function pointers and variable arguments, from callers with and
// without AVX; and functions for features that this machine may lack, behind
// the tests for them.
#include <immintrin.h>
#include <stdarg.h>
#include <stdio.h>

#define AVX __attribute__((target("avx2"), noinline))

typedef struct {
  __m256 a, b;
} pair;

AVX static __m256i add(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
AVX static __m256i sub(__m256i a, __m256i b) { return _mm256_sub_epi32(a, b); }
AVX static pair swap(pair p) { return (pair){p.b, _mm256_add_ps(p.a, p.b)}; }

AVX static __m256d sum(int count, ...) {
  va_list list;
  va_start(list, count);
  __m256d all = _mm256_setzero_pd();
  for (int i = 0; i < count; i++) {
    all = _mm256_add_pd(all, va_arg(list, __m256d));
    all = _mm256_mul_pd(all, _mm256_set1_pd(va_arg(list, double)));
  }
  va_end(list);
  return all;
}

AVX static long with_avx(__m256i (*operation)(__m256i, __m256i), int i) {
  int out[8];
  float floats[8];
  double doubles[4];
  __m256i v = _mm256_setr_epi32(i, 1, 2, 3, 4, 5, 6, i);
  _mm256_storeu_si256((__m256i *)out, operation(v, add(v, v)));
  pair p = {_mm256_set1_ps(i), _mm256_setr_ps(1, 2, 3, 4, 5, 6, 7, 8)};
  _mm256_storeu_ps(floats, swap(swap(p)).b);
  _mm256_storeu_pd(doubles, sum(2, _mm256_setr_pd(1, 2, 3, i), 2.0, _mm256_set1_pd(i), 3.0));
  return out[0] + out[7] * 3L + (long)floats[7] * 5 + (long)doubles[3] * 7;
}

// No AVX in this function; it may be compiled for it, but must call as it does natively.
__attribute__((noinline)) static long plain(long a, double b, float c) { return a * 3 + (long)b + (long)c; }

// What these compute is behind tests for the processor's features.
__attribute__((target("avx512f"), noinline)) static long with_avx512(int i) {
  __m512i v = _mm512_add_epi32(_mm512_set1_epi32(i), _mm512_set1_epi32(1));
  return _mm512_reduce_add_epi32(v);
}
__attribute__((target("avx512f,avx512vl,avx512bf16"), noinline)) static long with_bf16(float f) {
  __m256bh b = _mm512_cvtneps_pbh(_mm512_set1_ps(f));
  return ((unsigned short *)&b)[3];
}
__attribute__((target("amx-tile"), noinline)) static void with_amx(void *config) { _tile_loadconfig(config); }

int main(int argc, char **argv) {
  (void)argv;
  if (!__builtin_cpu_supports("avx2")) return 77;
  long all = 0;
  for (int i = 0; i < 12000; i++) {
    all += with_avx(i % 3 ? add : sub, i);
    all = plain(all, i, (float)i) % 1000003;
    if (__builtin_cpu_supports("avx512f")) all += with_avx512(i) != 16L * (i + 1);
    if (__builtin_cpu_supports("avx512bf16")) all += with_bf16(1.0f) != 0x3f80;
    if (argc > 1000 - i % 2) with_amx(argv);
  }
  printf("%ld\n", all);
}
