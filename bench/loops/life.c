// Conway's game of life (Gardner, Scientific American, October 1970) on a torus of 128 by 128 cells.
//
// Two arrays of 16 KiB on the stack, read and written in turn through pointers. argv[1] is the number of generations: 3
// by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { side = 128 };

int main(int argc, char** argv) {
  int generations = argc > 1 ? atoi(argv[1]) : 3;
  uint8_t first[side][side], second[side][side];
  uint8_t(*now)[side] = first, (*next)[side] = second;
  uint32_t state = 2463534242u;
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      state ^= state << 13, state ^= state >> 17, state ^= state << 5;
      now[y][x] = state >> 30 == 0;
    }
  for (int generation = 0; generation < generations; generation++) {
    for (int y = 0; y < side; y++) {
      int up = (y + side - 1) % side, down = (y + 1) % side;
      for (int x = 0; x < side; x++) {
        int left = (x + side - 1) % side, right = (x + 1) % side;
        int around = now[up][left] + now[up][x] + now[up][right] + now[y][left] + now[y][right] + now[down][left] +
                     now[down][x] + now[down][right];
        next[y][x] = around == 3 || (around == 2 && now[y][x]);
      }
    }
    uint8_t(*swapped)[side] = now;
    now = next;
    next = swapped;
  }
  int alive = 0;
  uint32_t digest = 2166136261u;
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      alive += now[y][x];
      digest = (digest ^ now[y][x]) * 16777619u;
    }
  printf("%d generations: %d alive, digest %08x\n", generations, alive, digest);
  return 0;
}
