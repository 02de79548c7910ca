// A second thread calls exit() while main is running code.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile unsigned long spins;
static void handler(void) { puts("handler"); }
static void* leave(void* unused) {
  (void)unused;
  while (spins < 100000)
    ;
  exit(11);
}
__attribute__((noinline)) static void spin(void) { spins++; }

int main(void) {
  pthread_t t;
  atexit(handler);
  pthread_create(&t, NULL, leave, NULL);
  for (;;)
    spin();
}
