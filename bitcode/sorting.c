// Sorting through function pointers, with qsort and with a sort of its own.
//
// All calls of the comparison functions go through pointers: half of them from
// the C library, half from this module. A pointer taken at O0 stays in the
// table below for the whole run, and calls through it must reach the newest
// code. argv[1] is the number of rounds over 5,000 elements: 4 by default,
// some 3,000 for seconds at O3.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { count = 5000 };
typedef int comparison(const void*, const void*);

static int ascending(const void* a, const void* b) {
  int x = *(const int*)a, y = *(const int*)b;
  return (x > y) - (x < y);
}
static int descending(const void* a, const void* b) { return ascending(b, a); }
static int by_last_digits(const void* a, const void* b) {
  int x = *(const int*)a % 1000, y = *(const int*)b % 1000;
  return x != y ? (x > y) - (x < y) : ascending(a, b);
}
static comparison* const orders[] = {ascending, descending, by_last_digits};

static void sift_down(int* heap, int root, int n, comparison* compare) {
  for (int child; (child = 2 * root + 1) < n; root = child) {
    if (child + 1 < n && compare(&heap[child], &heap[child + 1]) < 0) child++;
    if (compare(&heap[root], &heap[child]) >= 0) return;
    int t = heap[root];
    heap[root] = heap[child];
    heap[child] = t;
  }
}

static void heap_sort(int* values, int n, comparison* compare) {
  for (int i = n / 2; i-- > 0;)
    sift_down(values, i, n, compare);
  for (int i = n; i-- > 1;) {
    int t = values[0];
    values[0] = values[i];
    values[i] = t;
    sift_down(values, 0, i, compare);
  }
}

static uint32_t digest(const int* values) {
  uint32_t d = 0;
  for (int i = 0; i < count; i++)
    d = d * 31 + values[i];
  return d;
}

int main(int argc, char** argv) {
  static int theirs[count], ours[count];
  int rounds = argc > 1 ? atoi(argv[1]) : 4;
  uint32_t random = 12345, sum = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++)
      theirs[i] = (random = random * 1664525 + 1013904223) >> 8;
    memcpy(ours, theirs, sizeof ours);
    qsort(theirs, count, sizeof theirs[0], orders[round % 3]);
    heap_sort(ours, count, orders[round % 3]);
    if (memcmp(theirs, ours, sizeof ours) != 0) return puts("the two sorts differ"), 1;
    sum += digest(ours);
  }
  printf("%d rounds of %d elements, digest %u\n", rounds, count, sum);
  return 0;
}
