// A function that calls itself from its loops: its frames are of different tiers, and leave their loops in different
// rounds. Values live across the calls, among them arrays in each frame.
#include <stdio.h>

static long walk(int depth, long seed) {
  long kept[8], sum = 0;
  for (int i = 0; i < 8; i++)
    kept[i] = seed * (i + 1);
  for (int i = 0; i < 6; i++) {
    long before = sum;
    if (depth > 0) sum += walk(depth - 1, seed + i);
    for (int j = 0; j < 8; j++)
      kept[j] ^= sum + before * j;
  }
  for (int i = 0; i < 8; i++)
    sum += kept[i] % 1000;
  return sum;
}

int main(void) {
  long total = 0;
  for (int round = 0; round < 5; round++)
    total = total * 31 + walk(6, round);
  printf("%ld\n", total);
}
