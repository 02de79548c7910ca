// An asm block with a plain, non-local label can exist once per object: the
// function that holds it must not be compiled twice into one unit, nor inlined.
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
