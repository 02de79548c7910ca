// A function that is called once and left for its continuation in the midst of its loop.
#include <stdio.h>

static void observe(int* values, int value) {
  values[value & 3] += value; // first line of observe
}
static void (*volatile observer)(int*, int) = observe; // so that it is not inlined

static int work(int base, int rounds) {
  int table[4] = {1, 2, 3, 4};
  int step = base * 3 + 1;
  for (int i = 0; i < rounds; i++)
    observer(table, i * step + base); // calls observe
  return table[0] + base + step;
}

int main(void) { printf("%d\n", work(7, 20)); }
