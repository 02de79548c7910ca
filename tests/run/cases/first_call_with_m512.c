// Like first_call_with_m256.c, with 64-byte registers and mask registers.
#include <immintrin.h>
#include <stdio.h>

__attribute__((noinline, target("avx512f"))) static __m512i combine(__mmask16 mask, __m512i a, __m512i b, __m512i c,
                                                                    __m512i d) {
  return _mm512_add_epi32(_mm512_mask_sub_epi32(a, mask, b, c), d);
}
__attribute__((target("avx512f"))) static void run(int i) {
  int out[16];
  __m512i v = _mm512_set1_epi32(i), w = _mm512_set_epi32(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
  _mm512_storeu_si512(out, combine((__mmask16)(0x5a5a + i), v, w, v, w));
  for (int k = 0; k < 16; k++)
    printf("%d%c", out[k], k == 15 ? '\n' : ' ');
}

int main(void) {
  if (!__builtin_cpu_supports("avx512f")) return 77;
  for (int i = 0; i < 5; i++)
    run(i);
}
