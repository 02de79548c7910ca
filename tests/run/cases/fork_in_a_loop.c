// A process forks inside a loop, which parent and child both continue.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  unsigned long x = 1;
  pid_t child = -1;
  for (long i = 0; i < 60000000; i++) {
    x = x * 9 + i;
    if (i == 20000000) child = fork();
  }
  if (child == 0) {
    printf("child %lu\n", x);
    fflush(stdout);
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("parent %lu, child ended with %d\n", x, WEXITSTATUS(status));
}
