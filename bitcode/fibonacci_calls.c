// Naive recursion: nearly all the time is spent in calls and returns.
//
// The body is a handful of instructions, so this program shows best what a
// tier adds to a call (a counter, a jump through the stub). Better tiers gain
// by shorter prologues and by inlining levels of the recursion.
// argv[1] is the argument of fib: 25 by default, about 43 for seconds at O3.
#include <stdio.h>
#include <stdlib.h>

unsigned long fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char** argv) {
  unsigned n = argc > 1 ? strtoul(argv[1], NULL, 10) : 25;
  unsigned long value = 0;
  for (unsigned i = n < 6 ? 0 : n - 6; i <= n; i++) {
    value = fib(i);
    printf("fib(%u) = %lu\n", i, value);
  }
  return value % 251;
}
