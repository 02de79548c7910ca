// The sieve of Eratosthenes: strike out the multiples of each prime, from its square on (Knuth, The Art of Computer
// Programming, volume 2, answer to exercise 4.5.4-8).
//
// A static array of bytes, strides that grow. argv[1] is how often the program counts the primes below 1,000,000: once
// by default.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { limit = 1000000 };
static unsigned char composite[limit];

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  long total = 0, last = 0;
  for (int round = 0; round < rounds; round++) {
    memset(composite, 0, sizeof composite);
    for (long i = 2; i * i < limit; i++)
      if (!composite[i])
        for (long j = i * i; j < limit; j += i)
          composite[j] = 1;
    for (long i = 2; i < limit; i++)
      if (!composite[i]) {
        total++;
        last = i;
      }
  }
  printf("%d rounds: %ld primes, the last %ld\n", rounds, total, last);
  return 0;
}
