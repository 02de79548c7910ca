// N queens by backtracking (Wirth, Program Development by Stepwise Refinement, 1971), without recursion: `column` is
// the stack.
//
// Four arrays on the stack, loops left from the middle. argv[1] is how often the program counts all solutions for eight
// queens: once by default.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { n = 8 };

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  long solutions = 0, tried = 0;
  for (int round = 0; round < rounds; round++) {
    int column[n];
    char taken[n], rising[2 * n], falling[2 * n];
    memset(taken, 0, sizeof taken);
    memset(rising, 0, sizeof rising);
    memset(falling, 0, sizeof falling);
    int row = 0;
    column[0] = -1;
    while (row >= 0) {
      int c = column[row];
      if (c >= 0) taken[c] = rising[row + c] = falling[row - c + n] = 0;
      for (c++; c < n && (taken[c] || rising[row + c] || falling[row - c + n]); c++)
        tried++;
      if (c == n) {
        row--;
        continue;
      }
      column[row] = c;
      taken[c] = rising[row + c] = falling[row - c + n] = 1;
      if (row == n - 1)
        solutions += 1 + (column[0] > column[n - 1]);
      else
        column[++row] = -1;
    }
  }
  printf("%d rounds: %ld solutions, %ld tried\n", rounds, solutions, tried);
  return 0;
}
