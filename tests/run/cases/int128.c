// 128-bit integers: division and conversions are calls into compiler-rt.
#include <stdio.h>

typedef unsigned __int128 u128;
static void print(u128 x) {
  char digits[40], *p = digits + sizeof digits;
  *--p = 0;
  do
    *--p = '0' + (int)(x % 10);
  while (x /= 10);
  puts(p);
}
__attribute__((noinline)) static u128 mix(u128 a, u128 b) { return a * b + (a << 70 | b >> 3) / (b % 1000 + 1); }

int main(void) {
  u128 x = 12345678901234567ull;
  for (int i = 0; i < 6; i++) {
    x = mix(x, x + (u128)i);
    print(x);
  }
  __int128 negative = -(__int128)(x >> 1);
  printf("%lld %g %g\n", (long long)(negative % 1000003), (double)negative, (double)x);
  printf("%d %d\n", (__int128)-1e25 < negative, (u128)1e30 > x);
}
