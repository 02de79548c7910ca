// Recursion in three shapes: ackermann (deep), hanoi (wide), queens (search).
//
// Thousands of activations of a function are on the stack when its next tier
// arrives; they must finish in the code they started in while new calls enter
// the new one. argv[1] is the board size of the queens: 7 by default, 15 for
// seconds at O3.
#include <stdio.h>
#include <stdlib.h>

static unsigned ackermann(unsigned m, unsigned n) {
  if (m == 0) return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

struct towers {
  unsigned char disk[3][16];
  int height[3];
  unsigned moves;
};

static void hanoi(struct towers* t, int n, int from, int to) {
  if (n == 0) return;
  hanoi(t, n - 1, from, 3 - from - to);
  t->disk[to][t->height[to]++] = t->disk[from][--t->height[from]];
  t->moves++;
  hanoi(t, n - 1, 3 - from - to, to);
}

static unsigned long queens(unsigned all, unsigned columns, unsigned left, unsigned right) {
  if (columns == all) return 1;
  unsigned long solutions = 0;
  for (unsigned open = all & ~(columns | left | right); open; open &= open - 1) {
    unsigned bit = open & -open;
    solutions += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return solutions;
}

int main(int argc, char** argv) {
  unsigned size = argc > 1 ? strtoul(argv[1], NULL, 10) : 7;
  printf("ackermann(2, 60) = %u, ackermann(3, 5) = %u\n", ackermann(2, 60), ackermann(3, 5));
  struct towers t = {.height = {10, 0, 0}};
  for (int i = 0; i < 10; i++)
    t.disk[0][i] = 10 - i;
  hanoi(&t, 10, 0, 2);
  printf("hanoi: %u moves, top disk %d, bottom disk %d\n", t.moves, t.disk[2][9], t.disk[2][0]);
  unsigned long solutions = queens((1u << size) - 1, 0, 0, 0);
  printf("%u queens: %lu solutions\n", size, solutions);
  return solutions % 251;
}
