// Inline assembly: operands, clobbers, memory, labels by %=, local labels and
// asm goto; the same block is compiled again for every tier and every inlining.
#include <stdio.h>

static inline long count_bits(unsigned long x) {
  long n = 0;
  __asm__("test %1, %1\n"
          "jz done%=\n"
          "again%=:\n"
          "lea -1(%1), %%rdx\n"
          "and %%rdx, %1\n"
          "inc %0\n"
          "test %1, %1\n"
          "jnz again%=\n"
          "done%=:"
          : "+r"(n), "+r"(x)
          :
          : "rdx", "cc");
  return n;
}
static long countdown(long n) {
  long steps = 0;
  __asm__ volatile("1: inc %1\n dec %0\n jnz 1b\n" : "+r"(n), "+r"(steps) : : "cc");
  return steps;
}
static int is_negative(long x) {
  __asm__ goto("test %0, %0\n js %l1" : : "r"(x) : "cc" : negative);
  return 0;
negative:
  return 1;
}
static void store(int* where, int value) { __asm__ volatile("movl %1, %0" : "=m"(*where) : "r"(value) : "memory"); }

int main(void) {
  long sum = 0;
  int stored = 0;
  for (long i = -100; i < 100; i++) {
    sum += count_bits(i * 77) + count_bits(i) + countdown(i * i + 1) + is_negative(i) * 1000;
    store(&stored, (int)i);
  }
  printf("%ld %d\n", sum, stored);
}
