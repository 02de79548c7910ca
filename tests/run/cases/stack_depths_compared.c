// Code that uses the address of a local variable to detect calls from the same frame, as Tcl's coroutines do. It runs
// in a loop that is long enough for a continuation, and often enough for all tiers.
#include <stdint.h>
#include <stdio.h>

struct Coroutine {
  void* level;
  long resumed, busy;
};

static int activate(struct Coroutine* coroutine) {
  int here;
  int* level = &here;
  if (!coroutine->level) {
    coroutine->level = level;
    ++coroutine->resumed;
  } else {
    if (coroutine->level != level) ++coroutine->busy;
    coroutine->level = 0;
  }
  return 1;
}

static uintptr_t seen;
static int same_number(struct Coroutine* coroutine) {
  char here;
  if (seen && seen != (uintptr_t)&here) ++coroutine->busy;
  seen = (uintptr_t)&here;
  return 0;
}

static int (*volatile steps[])(struct Coroutine*) = {activate, same_number};

__attribute__((noinline)) static long run(struct Coroutine* coroutine, int which, long rounds) {
  long sum = 0;
  for (long i = 0; i < rounds; ++i) {
    sum += steps[which](coroutine);
    for (long j = 0; j < 40; ++j)
      sum ^= i * j;
  }
  return sum;
}

int main(void) {
  struct Coroutine coroutine = {0, 0, 0};
  long sum = 0;
  for (int i = 0; i < 4; ++i) {
    sum += run(&coroutine, 0, 60000);
    seen = 0;
    sum += run(&coroutine, 1, 60000);
  }
  printf("%ld resumed, %ld busy, %ld\n", coroutine.resumed, coroutine.busy, sum);
  return 0;
}
