// An asm block with a plain, non-local label may occur once per object: the
// engine must not inline its function, nor compile it twice into one unit.
#include <stdio.h>

__attribute__((noinline)) static long spin(long n) {
  __asm__ volatile("label_that_exists_once:\n"
                   "dec %0\n"
                   "jnz label_that_exists_once\n"
                   : "+r"(n)
                   :
                   : "cc");
  return n;
}

int main(void) {
  long sum = 0;
  for (long i = 1; i < 200; i++)
    sum += spin(i) + i;
  printf("%ld\n", sum);
}
