// The program calls abort(): the process ends by SIGABRT, as it would natively, and
// standard output has all that was flushed before.
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  abort();
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
