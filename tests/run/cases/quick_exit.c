// quick_exit runs only the at_quick_exit handlers, in reverse order.
#include <stdio.h>
#include <stdlib.h>

static void wrong(void) { puts("atexit handler ran, which is wrong"); }
static void one(void) { puts("one"), fflush(stdout); }
static void two(void) { puts("two"), fflush(stdout); }
__attribute__((destructor)) static void destructor(void) { puts("destructor ran, which is wrong"); }

int main(void) {
  atexit(wrong);
  at_quick_exit(one);
  at_quick_exit(two);
  quick_exit(9);
}
