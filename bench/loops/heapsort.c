// Heapsort (Williams, algorithm 232, Communications of the ACM 7:6, 1964; Floyd's heap construction), both loops and
// the sifting within written out.
//
// A static array, a loop that walks down a tree. argv[1] is how often 50,000 numbers are sorted: once by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 50000 };
static int32_t heap[length];

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  uint32_t state = 1;
  uint64_t digest = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < length; i++) {
      state = state * 1664525u + 1013904223u;
      heap[i] = (int32_t)(state >> 2);
    }
    for (int start = length / 2, end = length; end > 1;) {
      int32_t sifted;
      if (start > 0) {
        sifted = heap[--start];
      } else {
        sifted = heap[--end];
        heap[end] = heap[0];
      }
      int parent = start;
      for (int child = 2 * parent + 1; child < end; child = 2 * parent + 1) {
        if (child + 1 < end && heap[child + 1] > heap[child]) child++;
        if (heap[child] <= sifted) break;
        heap[parent] = heap[child];
        parent = child;
      }
      heap[parent] = sifted;
    }
    for (int i = 1; i < length; i++)
      digest = digest * 31 + heap[i] + (heap[i - 1] > heap[i]);
  }
  printf("%d rounds: digest %016llx\n", rounds, (unsigned long long)digest);
  return 0;
}
