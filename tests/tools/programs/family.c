// For the debugger and profiler tests: a child process that calls what its parent has not called, and both are busy.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) unsigned in_both(unsigned x) {
  for (int i = 0; i < 1000; i++)
    x = x * 1664525u + (x >> 7); // the loop of in_both
  return x;
}

__attribute__((noinline)) unsigned in_child(unsigned x) {
  for (int i = 0; i < 1000; i++)
    x = x * 22695477u + (x >> 9); // the loop of in_child
  return x;
}

int main(int argc, char** argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 100000;
  unsigned sum = 1;
  for (long i = 0; i < rounds; i++)
    sum += in_both(sum);
  pid_t child = fork();
  if (child == 0) {
    for (long i = 0; i < rounds; i++)
      sum += in_child(sum);
    printf("child %u\n", sum);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("parent %u, child %d\n", sum, status);
  return 0;
}
