// Pancake flips as the Computer Language Benchmarks Game defines them ("fannkuch-redux"; Anderson and Rettig,
// Performing Lisp analysis of the FANNKUCH benchmark, 1994): the largest number of flips that a permutation of twelve
// numbers takes, and the checksum of alternating signs. All 12! permutations take a minute, so argv[1] is the number of
// permutations: the first 2,000 in the game's order by default.
//
// Three small arrays on the stack, short loops with unpredictable ends.
#include <stdio.h>
#include <stdlib.h>

enum { n = 12 };

int main(int argc, char** argv) {
  long permutations = argc > 1 ? atol(argv[1]) : 2000;
  int first[n], work[n], rotations[n];
  int most = 0;
  long checksum = 0;
  for (int i = 0; i < n; i++)
    first[i] = i;
  int r = n;
  for (long permutation = 0; permutation < permutations; permutation++) {
    for (; r != 1; r--)
      rotations[r - 1] = r;
    if (first[0] != 0) {
      for (int i = 0; i < n; i++)
        work[i] = first[i];
      int flips = 0;
      for (int top = work[0]; top != 0; top = work[0]) {
        for (int low = 0, high = top; low < high; low++, high--) {
          int swapped = work[low];
          work[low] = work[high];
          work[high] = swapped;
        }
        flips++;
      }
      if (flips > most) most = flips;
      checksum += permutation % 2 ? -flips : flips;
    }
    for (;; r++) {
      if (r == n) goto done;
      int out = first[0];
      for (int i = 0; i < r; i++)
        first[i] = first[i + 1];
      first[r] = out;
      if (--rotations[r] > 0) break;
    }
  }
done:
  printf("%ld\nPfannkuchen(%d) = %d\n", checksum, n, most);
  return 0;
}
