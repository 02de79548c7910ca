// A timer's signal interrupts calls again and again, and its handler makes the
// first call of a function.
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks, checked;
__attribute__((noinline)) static int only_in_handler(int x) { return x * 2 + 1; }
static void on_timer(int number) {
  (void)number;
  checked += only_in_handler(ticks) == ticks * 2 + 1;
  ticks++;
}
__attribute__((noinline)) static unsigned work(unsigned x) { return x * 1664525 + 1013904223; }

int main(void) {
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  raise(SIGALRM);
  struct itimerval every = {{0, 1000}, {0, 1000}}, never = {0};
  setitimer(ITIMER_REAL, &every, NULL);
  unsigned x = 1;
  while (ticks < 20)
    x = work(x);
  setitimer(ITIMER_REAL, &never, NULL);
  printf("%d %d\n", ticks >= 20, checked == ticks);
}
