// A fault in a thread that the program started ends the whole process by that
// signal.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void* thread(void* pointer) {
  *(volatile int*)pointer = 1;
  return NULL;
}

int main(void) {
  puts("before");
  fflush(stdout);
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  for (;;)
    pause();
}
