// Conversions to bfloat16 and its arithmetic, in vectors too: subnormal numbers,
// ties, NaNs. Instructions for it flush subnormal numbers to zero; the functions
// that code without them calls do not.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef __bf16 bfloats __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(32)));

static float from_bits(uint32_t bits) {
  float f;
  memcpy(&f, &bits, 4);
  return f;
}
static uint16_t to_bits(__bf16 b) {
  uint16_t bits;
  memcpy(&bits, &b, 2);
  return bits;
}

__attribute__((noinline)) static uint16_t convert(float f) { return to_bits((__bf16)f); }
__attribute__((noinline)) static uint16_t convert_double(double d) { return to_bits((__bf16)d); }
__attribute__((noinline)) static void convert_all(const float *in, __bf16 *out, int n) {
  for (int i = 0; i < n; i++)
    out[i] = (__bf16)in[i];
}
__attribute__((noinline)) static uint16_t blend(uint16_t a, uint16_t b) {
  __bf16 x, y;
  memcpy(&x, &a, 2);
  memcpy(&y, &b, 2);
  return to_bits(x * y + x);
}
__attribute__((noinline)) static void convert_vector(const floats *in, bfloats *out) {
  *out = __builtin_convertvector(*in, bfloats);
}

int main(void) {
  static const uint32_t special[] = {0,          0x80000000, 1,          0x00400000, 0x007fffff, 0x00800000,
                                     0x80000001, 0x3f800000, 0x3f808000, 0x3f818000, 0x7f7fffff, 0x7f800000,
                                     0x7f800001, 0x7fc00001, 0xffc12345, 0x00018000, 0x12345678};
  for (unsigned i = 0; i < sizeof special / sizeof *special; i++) {
    double beyond = from_bits(special[i]) * (1 + 0x1p-30);
    printf("%08x %04x %04x\n", special[i], convert(from_bits(special[i])), convert_double(beyond));
  }
  static const double doubles[] = {0x1p-133, 0x1.8p-134, 0x1p-134, 0x1.0000001p-134, 0x1p-200, -0x1p-1074, 0x1.ffp127,
                                   0x1.fep127, 1e308, 0x1.01p0, 0x1.010000001p0, 0x1.03p-126, 0x1.ffp-127};
  for (unsigned i = 0; i < sizeof doubles / sizeof *doubles; i++)
    printf("%a %04x\n", doubles[i], convert_double(doubles[i]));
  static float in[1024];
  static __bf16 out[1024];
  for (int i = 0; i < 1024; i++)
    in[i] = from_bits(0x100u * (i * 37 + 1));
  unsigned long hash = 0;
  for (int k = 0; k < 200; k++) {
    convert_all(in, out, 1024);
    for (int i = 0; i < 1016; i += 8) {
      floats f;
      bfloats b;
      memcpy(&f, in + i, sizeof f);
      convert_vector(&f, &b);
      hash = hash * 31 + to_bits(b[i / 8 % 8]) + blend(to_bits(out[i]), to_bits(out[i + k % 8]));
    }
  }
  printf("%lx\n", hash);
}
