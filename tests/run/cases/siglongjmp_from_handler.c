// The program's own handler catches a fault and leaves by siglongjmp, which
// restores the signal mask, so it works repeatedly.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf here;
static void handler(int number) { siglongjmp(here, number); }
__attribute__((noinline)) static int read_from(volatile int* p) { return *p; }

int main(void) {
  struct sigaction action = {.sa_handler = handler};
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, NULL);
  int caught = 0, value = 42;
  for (volatile int i = 0; i < 10; i++)
    if (sigsetjmp(here, 1) == 0)
      caught += read_from(i % 2 ? NULL : &value) == 42;
    else
      caught += 100;
  printf("%d\n", caught);
}
