// atexit handlers run in reverse order after main, with all code mapped. One
// registers another handler; one makes a function's first call.
#include <stdio.h>
#include <stdlib.h>

static int depth;
__attribute__((noinline)) static int called_late(int x) { return x * 3; }
static void late(void) { printf("registered late, %d\n", called_late(++depth)); }
static void first(void) { printf("registered first, %d\n", ++depth); }
static void second(void) {
  printf("registered second, %d\n", ++depth);
  atexit(late);
}
__attribute__((destructor)) static void destructor(void) { printf("destructor, %d\n", ++depth); }

int main(void) {
  atexit(first);
  atexit(second);
  for (int i = 0; i < 3; i++)
    atexit(first);
  puts("main ends");
  return 3;
}
