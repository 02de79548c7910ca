// -fsanitize=function: a call through a pointer first reads the type's identifier, just before the function's code.
#include <stdio.h>

static long twice(long x) { return x * 2; }
long thrice(long x) { return x * 3; }
static long with_text(const char* text, long x) { return text[0] + x; }
static long (*const table[])(long) = {twice, thrice};
static long (*volatile other)(const char*, long) = with_text;

int main(void) {
  long sum = 0;
  for (long i = 0; i < 400; i++)
    sum = (sum + table[i % 2](i) + other("a", i)) % 100003;
  printf("%ld\n", sum);
}
