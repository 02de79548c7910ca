// A walk driven by a linear congruential generator with Knuth's MMIX constants (The Art of Computer Programming, volume
// 2, section 3.3.4, table 1, line 26): each number's two top bits choose a direction.
//
// The plainest case: one loop, scalars only. argv[1] is the number of steps: 10,000 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
  uint64_t state = 42, returns = 0;
  int64_t x = 0, y = 0, farthest = 0;
  for (uint64_t i = 0; i < steps; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    switch (state >> 62) {
    case 0:
      x++;
      break;
    case 1:
      x--;
      break;
    case 2:
      y++;
      break;
    default:
      y--;
      break;
    }
    int64_t distance = x * x + y * y;
    if (distance > farthest) farthest = distance;
    if (distance == 0) returns++;
  }
  printf("(%lld, %lld), farthest %lld, %llu returns\n", (long long)x, (long long)y, (long long)farthest,
         (unsigned long long)returns);
  return 0;
}
