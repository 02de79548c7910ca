// A library that the program is linked with uses thread-local variables of the program. The library expects one of them
// at a fixed distance from the thread pointer, as it does of every variable of an executable.
#include <pthread.h>
#include <stdio.h>

__thread int depth = 1;
__thread long total;
extern int deeper(void);
extern long add(long);

static void* work(void* argument) {
  for (int i = 0; i < 60; i++)
    add(deeper());
  printf("%d %ld\n", depth, total);
  return argument;
}

int main(void) {
  work(0);
  pthread_t thread;
  pthread_create(&thread, 0, work, 0);
  pthread_join(thread, 0);
  printf("%d %ld\n", depth, total);
}
