// setjmp returns again after the functions that it called have changed tier.
// Volatile variables keep their values; longjmp discards the calls in between.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf here;
__attribute__((noinline)) static void back(int depth, int value) {
  if (depth == 0) longjmp(here, value);
  back(depth - 1, value);
  puts("not reached");
}
__attribute__((noinline)) static int attempts(int limit) {
  volatile int count = 0;
  int value = setjmp(here);
  count++;
  if (value < limit) back(value, value + 1);
  return count * 100 + value;
}

int main(void) {
  for (int i = 0; i < 130; i += 13)
    printf("%d\n", attempts(i));
}
