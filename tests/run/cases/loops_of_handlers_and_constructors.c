// Long-running loops in a constructor, in a signal handler that interrupts another loop, and in a destructor.
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static unsigned long mix(unsigned long x, unsigned long by) {
  for (long i = 0; i < 12000000; i++)
    x = x * by + i;
  return x;
}

static volatile sig_atomic_t handled;
static volatile unsigned long from_handler;

static void on_alarm(int signal) {
  unsigned long x = signal;
  for (long i = 0; i < 12000000; i++)
    x = x * 3 + i;
  from_handler = x;
  handled = 1;
}

__attribute__((constructor)) static void early(void) {
  unsigned long x = 1;
  for (long i = 0; i < 12000000; i++)
    x = x * 5 + i;
  printf("early %lu\n", x);
}

__attribute__((destructor)) static void late(void) {
  unsigned long x = 1;
  for (long i = 0; i < 12000000; i++)
    x = x * 7 + i;
  printf("late %lu\n", x);
}

int main(void) {
  signal(SIGALRM, on_alarm);
  struct itimerval once = {{0, 0}, {0, 5000}};
  setitimer(ITIMER_REAL, &once, 0);
  unsigned long odd = 1;
  while (!handled)
    odd = odd * 3;
  printf("handler %lu, odd %lu\n", from_handler, odd & 1);
  unsigned long x = 1;
  for (unsigned long i = 0; i < 12; i++) // too few calls for any threshold
    x = mix(x, 2 * i + 1);
  printf("mixed %lu\n", x);
}
