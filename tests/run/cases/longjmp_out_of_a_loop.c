// longjmp from a loop that may have continued in other code, past the frames of both bodies.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf place;

static unsigned long leave_at(long last) {
  unsigned long x = 1;
  for (long i = 0;; i++) {
    x = x * 6364136223846793005u + i;
    if (i == last) longjmp(place, (int)(x >> 40 | 1));
  }
}

int main(void) {
  for (volatile long last = 1; last < 20000000; last = last * 5 + 1) {
    int value = setjmp(place);
    if (value == 0) leave_at(last);
    printf("left in round %ld with %d\n", last, value);
  }
}
