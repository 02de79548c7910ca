// The program sends itself a signal that has no handler: the process ends by SIGTERM, as it would natively, and
// standard output has all that was flushed before.
#include <signal.h>
#include <stdio.h>

__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  return raise(SIGTERM);
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
