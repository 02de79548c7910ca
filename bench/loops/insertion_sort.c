// Insertion sort (Cormen et al., Introduction to Algorithms, INSERTION-SORT) of many short arrays.
//
// The array is on the stack and short: the inner loop is entered often and left soon. argv[1] is the number of arrays
// of 64 numbers: 30 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 64 };

int main(int argc, char** argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 30;
  int a[length];
  uint32_t state = 1, digest = 0;
  for (long round = 0; round < rounds; round++) {
    for (int i = 0; i < length; i++) {
      state = state * 1664525u + 1013904223u;
      a[i] = (int)(state >> 8 & 65535);
    }
    for (int i = 1; i < length; i++) {
      int key = a[i], j = i - 1;
      while (j >= 0 && a[j] > key) {
        a[j + 1] = a[j];
        j--;
      }
      a[j + 1] = key;
    }
    digest = digest * 31 + a[0] + a[length / 2] * 3u + a[length - 1] * 5u;
  }
  printf("%ld rounds: digest %08x\n", rounds, digest);
  return 0;
}
