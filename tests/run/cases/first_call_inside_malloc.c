// A signal handler makes the first call of a function while its thread is inside malloc. The functions refer to a weak
// symbol that is missing and to one of the C library, and their bodies need library calls that only the code generator
// names.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

extern int missing_symbol(void) __attribute__((weak));

struct block {
  char bytes[400];
};
static volatile sig_atomic_t ticks;
static struct block from, to;

#define HANDLER_STEP(n)                                                                                                \
  __attribute__((noinline)) static void step_##n(void) {                                                               \
    from.bytes[n] = n;                                                                                                 \
    to = from;                                                                                                         \
    if (missing_symbol) missing_symbol();                                                                              \
    ticks += to.bytes[n] == n && strlen("one") == 3;                                                                   \
  }
HANDLER_STEP(1) HANDLER_STEP(2) HANDLER_STEP(3) HANDLER_STEP(4) HANDLER_STEP(5) HANDLER_STEP(6)
HANDLER_STEP(7) HANDLER_STEP(8) HANDLER_STEP(9) HANDLER_STEP(10) HANDLER_STEP(11) HANDLER_STEP(12)

static void (*const steps[])(void) = {step_1, step_2, step_3, step_4,  step_5,  step_6,
                                      step_7, step_8, step_9, step_10, step_11, step_12};

static void on_alarm(int signal) { steps[ticks % 12](); }

int main(void) {
  struct sigaction action = {.sa_flags = SA_RESTART};
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, 0);
  struct itimerval interval = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &interval, 0);
  for (long i = 0; ticks < 40; i++) {
    void* volatile first = malloc(5000 + i % 3000);
    void* volatile second = malloc(3000);
    free(first);
    free(second);
  }
  signal(SIGALRM, SIG_IGN);
  puts("40 ticks");
  return 0;
}
