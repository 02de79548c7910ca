// The program kills itself: the process ends by SIGKILL, as it would natively, and
// standard output has all that was flushed before.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  return kill(getpid(), SIGKILL);
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
