// The longest Collatz sequence (Project Euler, problem 14): n/2 if n is even, 3n + 1 if it is odd, until 1.
//
// Two loops of integers in registers, the inner one with an unpredictable branch. argv[1] is the limit on the first
// number of a sequence: 3,000 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  uint64_t limit = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000;
  uint64_t best = 0, at = 0, steps = 0;
  for (uint64_t start = 1; start < limit; start++) {
    uint64_t length = 1;
    for (uint64_t n = start; n != 1; length++)
      n = n % 2 ? 3 * n + 1 : n / 2;
    steps += length;
    if (length > best) {
      best = length;
      at = start;
    }
  }
  printf("%llu: %llu steps, %llu in all\n", (unsigned long long)at, (unsigned long long)best,
         (unsigned long long)steps);
  return 0;
}
