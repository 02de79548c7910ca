// Guaranteed tail calls: a million steps in constant stack, through direct and
// indirect calls, in every tier.
#include <stdio.h>

typedef long step(long n, long sum);
static step odd, *odd_pointer = odd;
__attribute__((noinline)) static long even(long n, long sum) {
  if (n == 0) return sum;
  __attribute__((musttail)) return odd_pointer(n - 1, sum + 1);
}
__attribute__((noinline)) static long odd(long n, long sum) {
  if (n == 0) return -sum;
  __attribute__((musttail)) return even(n - 1, sum + 2);
}

int main(void) { printf("%ld %ld\n", even(10000000, 0), even(9999999, 0)); }
