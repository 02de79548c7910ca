// Processes that end or fork a moment after one of their loops has begun: while
// the runtime prepares compile threads, compiles for the loop, or has just done so.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// A loop of about `ms` milliseconds. The program's result does not depend on it.
static unsigned spin(double ms) {
  const double end = now() + ms;
  unsigned sum = 0;
  do
    for (unsigned i = 0; i < 1000; i++)
      sum |= i;
  while (now() < end);
  return sum;
}

int main(void) {
  int right = 0;
  for (int i = 0; i < 40; i++) {
    const pid_t child = fork();
    if (child == 0) exit(spin(i * 0.25) == 1023 ? i + 1 : 0);
    int status = 0;
    waitpid(child, &status, 0);
    right += WIFEXITED(status) && WEXITSTATUS(status) == i + 1;
  }
  printf("%d of 40\n", right);
  fflush(stdout);
  spin(1.6);
  const pid_t child = fork();
  if (child == 0) _exit(spin(2) == 1023 ? 9 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  spin(1);
  printf("child ended with %d\n", WEXITSTATUS(status));
  return 7;
}
