// Shortest paths between all pairs: Floyd's algorithm 97 (Communications of the ACM 5:6, 1962), with Warshall's order
// of loops.
//
// Three loops with a minimum over memory from malloc, two arrays of variable length on the stack. argv[1] is the number
// of vertices: 40 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 40;
  int* between = malloc(sizeof(int) * n * n);
  int from[n], to[n]; // hops of the best path's row and column
  uint32_t state = 7;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      state = state * 1664525u + 1013904223u;
      between[i * n + j] = i == j ? 0 : state >> 29 == 0 ? (int)(state >> 8 & 1023) + 1 : 1000000;
    }
    from[i] = to[i] = 0;
  }
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        int through = between[i * n + k] + between[k * n + j];
        if (through < between[i * n + j]) between[i * n + j] = through;
      }
  long sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      int d = between[i * n + j];
      if (d > from[i]) from[i] = d;
      if (d > to[j]) to[j] = d;
      sum += d;
    }
  int radius = from[0], widest = to[0];
  for (int i = 1; i < n; i++) {
    if (from[i] < radius) radius = from[i];
    if (to[i] > widest) widest = to[i];
  }
  printf("%d vertices: %ld in all, radius %d, diameter %d\n", n, sum, radius, widest);
  free(between);
  return 0;
}
