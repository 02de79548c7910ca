// The edit distance of two texts by dynamic programming, one row at a time (Wagner and Fischer, Journal of the ACM
// 21:1, 1974).
//
// A row on the stack in which each entry depends on its left neighbour. argv[1] is the number of pairs of texts of 500
// letters: 1 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 500 };

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  char a[length], b[length];
  int row[length + 1];
  uint32_t state = 1;
  long sum = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < length; i++) {
      state = state * 1664525u + 1013904223u;
      a[i] = "acgt"[state >> 30];
      b[i] = "acgt"[state >> 20 & 3];
    }
    for (int j = 0; j <= length; j++)
      row[j] = j;
    for (int i = 1; i <= length; i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= length; j++) {
        int substituted = diagonal + (a[i - 1] != b[j - 1]);
        int deleted = row[j] + 1, inserted = row[j - 1] + 1;
        diagonal = row[j];
        row[j] = deleted < inserted ? deleted : inserted;
        if (substituted < row[j]) row[j] = substituted;
      }
    }
    sum += row[length];
  }
  printf("%d pairs: %ld edits\n", rounds, sum);
  return 0;
}
