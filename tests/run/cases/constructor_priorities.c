// Constructors run in order of priority before main, destructors in reverse
// after it, independent of their order in the source.
#include <stdio.h>

static int step;
#define made(name, priority)                                                                                           \
  __attribute__((constructor(priority))) static void make_##name(void) { printf("make " #name " %d\n", ++step); }      \
  __attribute__((destructor(priority))) static void destroy_##name(void) { printf("destroy " #name " %d\n", ++step); }
made(late, 3000) made(early, 101) made(middle, 500) __attribute__((constructor)) static void make_default(void) {
  printf("make default %d\n", ++step);
}
__attribute__((destructor)) static void destroy_default(void) { printf("destroy default %d\n", ++step); }

int main(void) { printf("main %d\n", ++step); }
