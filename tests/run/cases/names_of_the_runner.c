// A program may use any name: those of the C library, those that a JIT may use
// for itself, those that look like bodies of other functions.
#include <stdio.h>

int compile(int x) { return x + 1; }
int fib(int x) { return x < 2 ? x : fib(x - 1) + fib(x - 2); }
int fib$O0(int x) { return x * 1000; }
int fib$O3(int x) { return x * 2000; }
int ajit_counter = 5;
int LLVMCreateContext(void) { return 77; }
char* strdup(const char* text) { return (char*)text; }
int __orc_rt_run(void) { return 3; }
int unusual_name(int) __asm__("name with blanks/and \xc3\xa4");
int unusual_name(int x) { return x - 1; }

int main(void) {
  for (int i = 0; i < 5; i++)
    printf("%d %d %d %d %d\n", compile(i), fib(i + 10), fib$O0(i), fib$O3(i), unusual_name(i));
  printf("%d %d %s %d\n", ajit_counter, LLVMCreateContext(), strdup("own"), __orc_rt_run());
}
