// A naked function consists of its assembly alone, without prologue or counter.
#include <stdio.h>

__attribute__((naked, noinline)) static long add_swapped(long a, long b) {
  __asm__("mov %rsi, %rax\n"
          "sub %rdi, %rax\n"
          "ret");
}
static long (*const table[])(long, long) = {add_swapped};

int main(void) {
  long sum = 0;
  for (long i = 0; i < 200; i++)
    sum = sum * 3 + add_swapped(i, 2 * i) + table[i % 1](1, i);
  printf("%ld\n", sum);
}
