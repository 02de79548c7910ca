// Frames of several hundred kilobytes, with live data at both ends.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned fill(unsigned char* buffer, size_t size, int seed) {
  memset(buffer, seed, size);
  return buffer[0] + buffer[size - 1];
}
__attribute__((noinline)) static unsigned deep(int depth) {
  unsigned char buffer[400000];
  unsigned sum = fill(buffer, sizeof buffer, depth);
  if (depth > 0) sum += deep(depth - 1);
  return sum * 3 + buffer[1234];
}

int main(void) {
  for (int i = 0; i < 8; i++)
    printf("%u\n", deep(i));
}
