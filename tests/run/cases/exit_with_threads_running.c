// main returns while other threads are inside calls: the process must still end
// at once, with main's status.
#include <pthread.h>
#include <stdio.h>

static volatile unsigned long counters[4];
__attribute__((noinline)) static void work(volatile unsigned long* counter) { ++*counter; }
static void* thread(void* counter) {
  for (;;)
    work(counter);
  return NULL;
}

int main(void) {
  for (int i = 0; i < 4; i++) {
    pthread_t t;
    pthread_create(&t, NULL, thread, (void*)&counters[i]);
    pthread_detach(t);
  }
  for (int i = 0; i < 4; i++)
    while (counters[i] < 20000)
      work(&counters[i]);
  puts("all are running");
  return 4;
}
