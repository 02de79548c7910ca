// Compiled with -mcmodel=large: the code assumes no distances and uses 64-bit
// addresses throughout.
#include <stdio.h>
#include <stdlib.h>

static int table[1000];
static int compare(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }
__attribute__((noinline)) static int fill(int seed) {
  for (int i = 0; i < 1000; i++)
    table[i] = (i * 7919 + seed) % 1009;
  qsort(table, 1000, sizeof table[0], compare);
  return table[500];
}

int main(void) {
  for (int i = 0; i < 5; i++)
    printf("%d\n", fill(i));
}
