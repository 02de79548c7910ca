// Stacks that the program allocates itself: ucontext coroutines whose frames are
// in older code when the program resumes them.
#include <stdio.h>
#include <ucontext.h>

static ucontext_t main_context, contexts[3];
static char stacks[3][65536];
static int current, value, finished[3];

__attribute__((noinline)) static void yield(int v) {
  value = v;
  swapcontext(&contexts[current], &main_context);
}
static void body(int id) {
  for (int i = 0; i < 40 + id; i++)
    yield(id * 100 + i);
  finished[id] = 1;
}
__attribute__((noinline)) static int resume(int id) {
  current = id;
  swapcontext(&main_context, &contexts[id]);
  return value;
}

int main(void) {
  for (int i = 0; i < 3; i++) {
    getcontext(&contexts[i]);
    contexts[i].uc_stack.ss_sp = stacks[i];
    contexts[i].uc_stack.ss_size = sizeof stacks[i];
    contexts[i].uc_link = &main_context;
    makecontext(&contexts[i], (void (*)(void))body, 1, i);
  }
  long sum = 0, resumed = 0;
  while (!finished[0] || !finished[1] || !finished[2])
    for (int i = 0; i < 3; i++)
      if (!finished[i]) {
        sum = (sum * 31 + resume(i)) % 1000003;
        resumed++;
      }
  printf("%ld after %ld\n", sum, resumed);
}
