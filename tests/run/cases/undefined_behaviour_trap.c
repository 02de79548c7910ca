// Compiled with -fsanitize=undefined in trap mode: checks become traps. The
// program behaves normally up to its last line.
#include <limits.h>
#include <stdio.h>

__attribute__((noinline)) static int add(int a, int b) { return a + b; }

int main(void) {
  int sum = 0;
  for (int i = 0; i < 150; i++)
    sum = add(sum, i);
  printf("%d\n", sum);
  fflush(stdout);
  return add(INT_MAX, sum);
}
