// The program reaches a trap instruction: the process ends by SIGILL, as it would natively, and
// standard output has all that was flushed before.
#include <stdio.h>

__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  __builtin_trap();
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
