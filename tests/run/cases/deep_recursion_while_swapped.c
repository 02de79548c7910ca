// Fifty thousand activations are on the stack when the function changes tier.
// All of them return through the code they started in.
#include <stdio.h>

__attribute__((noinline)) static unsigned long down(unsigned long n, unsigned long a, unsigned long b) {
  if (n == 0) return a ^ b;
  unsigned long r = down(n - 1, b, a * 31 + n);
  return r * 7 + a - b + n;
}

int main(void) {
  unsigned long sum = 0;
  for (int i = 0; i < 4; i++)
    printf("%lu\n", sum = down(50000, sum, 1));
}
