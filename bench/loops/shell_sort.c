// Shell's sort (Communications of the ACM 2:7, 1959) with Ciura's gaps (Best increments for the average case of
// Shellsort, 2001).
//
// A constant table, an array from malloc, loops whose trip counts depend on the data. argv[1] is how often the program
// sorts 50,000 numbers: once by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 50000 };

int main(int argc, char** argv) {
  static const int gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  uint32_t* a = malloc(length * sizeof *a);
  uint32_t state = 1;
  uint64_t digest = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < length; i++) {
      state = state * 1664525u + 1013904223u;
      a[i] = state >> 4;
    }
    for (unsigned g = 0; g < sizeof gaps / sizeof *gaps; g++)
      for (int gap = gaps[g], i = gap; i < length; i++) {
        uint32_t moved = a[i];
        int j = i;
        for (; j >= gap && a[j - gap] > moved; j -= gap)
          a[j] = a[j - gap];
        a[j] = moved;
      }
    for (int i = 1; i < length; i++)
      digest = digest * 31 + a[i] + (a[i - 1] > a[i]);
  }
  printf("%d rounds: digest %016llx\n", rounds, (unsigned long long)digest);
  free(a);
  return 0;
}
