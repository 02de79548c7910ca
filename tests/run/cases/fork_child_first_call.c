// After fork the child has one thread: it must still be able to make first
// calls, cross thresholds, and exit with handlers.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int in_both(int x) { return x + 1; }
__attribute__((noinline)) static int only_in_child(int x) { return in_both(x) * 2; }
static void handler(void) { puts("handler"); }

int main(void) {
  atexit(handler);
  int sum = 0, status;
  for (int i = 0; i < 150; i++)
    sum = in_both(sum);
  for (int round = 0; round < 3; round++) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < 1500; i++)
        sum = only_in_child(sum) % 1000;
      printf("child %d\n", sum);
      exit(sum % 200);
    }
    waitpid(child, &status, 0);
    printf("parent %d %d\n", sum, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
}
