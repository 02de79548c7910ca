// A sampling profiler in the program: a timer's handler records the program counter and the depth of the stack, and
// dladdr names the function. The profile must show a noinline function that takes most of the time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unwind.h>

enum { wanted = 100 };
static void* samples[wanted];
static volatile int taken, deepest;

static _Unwind_Reason_Code count(struct _Unwind_Context* context, void* depth) {
  (void)context;
  return ++*(int*)depth > 40 ? _URC_END_OF_STACK : _URC_NO_REASON;
}
static void sample(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  if (taken < wanted) samples[taken++] = (void*)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
  int depth = 0;
  _Unwind_Backtrace(count, &depth);
  if (depth > deepest) deepest = depth;
}

__attribute__((noinline)) unsigned hot_function(unsigned x) {
  for (int i = 0; i < 200; i++) x = x * 1664525u + (x >> 7);
  return x;
}
__attribute__((noinline)) unsigned cool_function(unsigned x) { return x ^ 99; }

static unsigned named(const char* name) {
  unsigned found = 0;
  for (int i = 0; i < taken; i++) {
    Dl_info info;
    found += dladdr(samples[i], &info) && info.dli_sname && strcmp(info.dli_sname, name) == 0;
  }
  return found;
}

int main(void) {
  // Call everything once before the timer runs: a signal may arrive anywhere.
  sample(0, 0, &(ucontext_t){0});
  named("hot_function");
  unsigned x = cool_function(hot_function(1));
  taken = 0;
  struct sigaction action = {.sa_sigaction = sample, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGPROF, &action, 0);
  struct itimerval timer = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_PROF, &timer, 0);
  while (taken < wanted) x = cool_function(hot_function(x));
  memset(&timer, 0, sizeof timer);
  setitimer(ITIMER_PROF, &timer, 0);
  printf("%s, %s\n", named("hot_function") * 10 > wanted * 7 ? "hot_function is hot" : "not found",
         deepest > 2 ? "stacks" : "no stacks");
}
