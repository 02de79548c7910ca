// The program starts with the same signal mask, dispositions and limits as
// natively, except for signals that report a crash.
#include <signal.h>
#include <stdio.h>

int main(void) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  for (int number = 1; number < 32; number++) {
    struct sigaction action;
    if (sigismember(&mask, number)) printf("%d is blocked\n", number);
    int fatal = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGABRT ||
                number == SIGTRAP || number == SIGSYS; // the runner's, for its backtrace
    if (!fatal && sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
      printf("%d is handled or ignored\n", number);
  }
  puts("done");
}
