// Two names of one thread-local variable.
#include <pthread.h>
#include <stdio.h>

static _Thread_local int counter = 5;
extern _Thread_local int same_counter __attribute__((alias("counter")));

__attribute__((noinline)) static void bump(int* p) { ++*p; }

static void* thread(void* name) {
  for (int i = 0; i < 120; i++) {
    bump(&same_counter);
    bump(&counter);
  }
  printf("%s: %d %d %d\n", (const char*)name, counter, same_counter, &counter == &same_counter);
  return NULL;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, thread, "thread");
  pthread_join(t, NULL);
  thread("main");
}
