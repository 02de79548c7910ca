// Compiled with -fsplit-stack: prologues that would call __morestack, and deep recursion.
#include <stdio.h>

__attribute__((noinline)) static long down(long depth) {
  volatile char room[200];
  room[depth % 200] = (char)depth;
  return depth == 0 ? 0 : down(depth - 1) + room[depth % 200] % 2;
}

int main(void) {
  long sum = 0;
  for (int i = 0; i < 150; i++)
    sum += down(i * 10);
  printf("%ld\n", sum);
}
