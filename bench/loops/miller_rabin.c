// The Miller-Rabin test (Rabin, Journal of Number Theory 12:1, 1980) with the twelve bases that decide all 64-bit
// numbers (Sorenson and Webster, Mathematics of Computation 86, 2017), on numbers near the top of the range.
//
// 128-bit products and remainders; loops left from the middle. argv[1] is the number of odd numbers tested: 30 by
// default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  int numbers = argc > 1 ? atoi(argv[1]) : 30, primes = 0;
  uint64_t last = 0;
  unsigned __int128 sum = 0;
  for (uint64_t n = 0xffffffffffffffffu; numbers > 0; n -= 2, numbers--) {
    uint64_t odd = n - 1;
    int twos = 0, composite = 0;
    for (; odd % 2 == 0; odd /= 2)
      twos++;
    for (unsigned b = 0; b < sizeof bases / sizeof *bases && !composite; b++) {
      uint64_t power = 1, square = bases[b] % n;
      for (uint64_t e = odd; e; e /= 2) {
        if (e % 2) power = (uint64_t)((unsigned __int128)power * square % n);
        square = (uint64_t)((unsigned __int128)square * square % n);
      }
      composite = power != 1 && power != n - 1;
      for (int i = 1; i < twos && composite; i++) {
        power = (uint64_t)((unsigned __int128)power * power % n);
        if (power == n - 1) composite = 0;
      }
    }
    if (!composite) {
      primes++;
      last = n;
      sum += n;
    }
  }
  printf("%d primes, the least %llu, sum %llx%016llx\n", primes, (unsigned long long)last,
         (unsigned long long)(sum >> 64), (unsigned long long)sum);
  return 0;
}
