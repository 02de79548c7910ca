// The program calls exec while its other threads run.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) static void spin(volatile int* p) { ++*p; }
static void* thread(void* counter) {
  for (;;)
    spin(counter);
  return NULL;
}

int main(void) {
  static int counter;
  pthread_t t;
  pthread_create(&t, NULL, thread, &counter);
  while (*(volatile int*)&counter < 5000)
    ;
  puts("before");
  fflush(stdout);
  execlp("sh", "sh", "-c", "echo after; exit 6", (char*)NULL);
  return 1;
}
