// Heat conduction in a plate: the explicit five-point scheme u' = u + k (north + south + east + west - 4 u) with fixed
// edges (Press et al., Numerical Recipes, section 20.2, FTCS).
//
// Two grids from malloc that change places after each step, so that no compiler knows which is which. argv[1] is the
// number of steps on 512 by 512 points: 2 by default.
#include <stdio.h>
#include <stdlib.h>

enum { side = 512 };

int main(int argc, char** argv) {
  int steps = argc > 1 ? atoi(argv[1]) : 2;
  double* now = malloc(sizeof(double) * side * side);
  double* next = malloc(sizeof(double) * side * side);
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      next[y * side + x] = now[y * side + x] = y == 0 ? 100.0 : x == 0 ? 50.0 : (x ^ y) % 7;
  for (int step = 0; step < steps; step++) {
    for (int y = 1; y < side - 1; y++)
      for (int x = 1; x < side - 1; x++) {
        double here = now[y * side + x];
        double around =
            now[(y - 1) * side + x] + now[(y + 1) * side + x] + now[y * side + x - 1] + now[y * side + x + 1];
        next[y * side + x] = here + 0.2 * (around - 4 * here);
      }
    double* swapped = now;
    now = next;
    next = swapped;
  }
  double sum = 0;
  for (int i = 0; i < side * side; i++)
    sum += now[i];
  printf("%d steps: mean %.12f\n", steps, sum / (side * side));
  free(now), free(next);
  return 0;
}
