// Signals arrive while the process forks, and their handler makes first calls. The handler must not wait for the fork,
// nor the fork for the handler. Shells do this: a child ends while the shell forks the next.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define F(n)                                                                                                           \
  static int f##n(int x) { return x * 31 + n; }
#define TEN(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
TEN(1)
TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)
#define N(n) f##n,
#define TENS(n) N(n##0) N(n##1) N(n##2) N(n##3) N(n##4) N(n##5) N(n##6) N(n##7) N(n##8) N(n##9)
    static int (*const functions[])(int) = {TENS(1) TENS(2) TENS(3) TENS(4) TENS(5) TENS(6) TENS(7) TENS(8) TENS(9)};
enum { count = sizeof functions / sizeof *functions };

static volatile sig_atomic_t next;
static volatile int sink;

static void handler(int signal) {
  (void)signal;
  if (next < count) {
    int index = next;
    next = index + 1;
    sink += functions[index](index);
  }
}

int main(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {.it_interval = {.tv_usec = 100}, .it_value = {.tv_usec = 100}}, never = {0};
  setitimer(ITIMER_REAL, &often, NULL);
  int failures = 0, status;
  while (next < count) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (waitpid(child, &status, 0) != child || status != 0) failures++;
  }
  setitimer(ITIMER_REAL, &never, NULL);
  printf("%d functions, %d failures, %d\n", count, failures, sink != 0);
  return 0;
}
