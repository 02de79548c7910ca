// Compiled with -fstack-protector-all: the canary comes from the thread's
// control block, the same in every tier.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int copy(const char* text) {
  char buffer[32];
  strcpy(buffer, text);
  return (int)strlen(buffer) + buffer[0];
}
static void* thread(void* text) {
  long sum = 0;
  for (int i = 0; i < 200; i++)
    sum += copy(text);
  return (void*)sum;
}

int main(void) {
  pthread_t t;
  void* sum;
  pthread_create(&t, NULL, thread, "in a thread");
  pthread_join(t, &sum);
  printf("%ld %ld\n", (long)sum, (long)thread("in main"));
}
