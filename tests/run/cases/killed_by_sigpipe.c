// The program writes to a pipe without a reader: the process ends by SIGPIPE, as it would natively,
// and standard output has all that was flushed before.
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) static int victim(int depth) {
  if (depth > 0) return victim(depth - 1) + 1;
  int ends[2];
  if (pipe(ends) != 0 || close(ends[0]) != 0) return 1;
  return (int)write(ends[1], "x", 1);
}

int main(void) {
  puts("before");
  fflush(stdout);
  printf("%d\n", victim(5));
}
