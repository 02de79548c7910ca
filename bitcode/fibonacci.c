// The first demonstration: one function called exactly 150 times.
//
// The 100th call crosses the first threshold: a run shows the function at O0
// for 99 calls and then its recompilation at O1. The second threshold, 1,000,
// is out of reach. argv[1] replaces the number of calls.
#include <stdio.h>
#include <stdlib.h>

enum { modulus = 1000000007 };

unsigned fibonacci(unsigned n) {
  unsigned a = 0, b = 1;
  for (unsigned i = 0; i < n; i++) {
    unsigned next = (a + b) % modulus;
    a = b;
    b = next;
  }
  return a;
}

int main(int argc, char** argv) {
  unsigned calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 150;
  unsigned sum = 0;
  for (unsigned i = 1; i <= calls; i++) {
    unsigned value = fibonacci(i);
    sum = (sum + value) % modulus;
    if (calls <= 150 && i % 10 == 0) printf("fibonacci(%u) = %u (mod %d)\n", i, value, modulus);
  }
  printf("sum of %u values: %u\n", calls, sum);
  return sum % 251;
}
