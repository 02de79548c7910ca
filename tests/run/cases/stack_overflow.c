// Endless recursion ends by SIGSEGV; the handler of the fault needs a stack of
// its own.
#include <stdio.h>

static volatile long sink;
__attribute__((noinline)) static long forever(long n) {
  volatile char frame[512];
  frame[n % 512] = (char)n;
  long result = n < 0 ? 0 : forever(n + 1) + frame[0];
  sink = result;
  return result;
}

int main(void) {
  puts("before");
  fflush(stdout);
  return (int)forever(sink);
}
