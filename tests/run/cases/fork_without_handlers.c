// _Fork skips fork handlers: child and parent both continue to compile, each its own code.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int thrice(int x) { return x * 3; }
static int in_the_child(int x) { return x * 7; }

static int work(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i)
    sum += thrice(i) ^ (i << 1);
  return sum;
}

int main(void) {
  for (int round = 0; round < 8; ++round) {
    int here = work(round * 100), status;
    pid_t child = _Fork();
    if (child == 0) _exit((in_the_child(round) + work(1000)) & 63);
    waitpid(child, &status, 0);
    printf("%d %x\n", here, (unsigned)status);
  }
  return 0;
}
