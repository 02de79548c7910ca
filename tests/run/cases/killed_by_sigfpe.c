// The program divides an integer by zero: the process ends by SIGFPE, as it would natively, and
// standard output has all that was flushed before.
#include <stdio.h>

static volatile int zero;
__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  return 7 / zero;
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
