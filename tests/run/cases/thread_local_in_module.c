// thread_local variables of the program, initialised and zeroed: each thread has
// its own, whose address is stable within the thread.
#include <pthread.h>
#include <stdio.h>

static _Thread_local int counter = 10;
_Thread_local long zeroed;
static _Thread_local struct {
  char name[24];
  double value;
} record = {"initial", 1.5};
static _Thread_local int* self = NULL;

__attribute__((noinline)) static int bump(int by) {
  self = self ? self : &counter;
  zeroed += by;
  record.value *= 2;
  return self == &counter ? counter += by : -1;
}

static void* thread(void* argument) {
  int by = *(int*)argument;
  for (int i = 0; i < 5; i++)
    bump(by);
  snprintf(record.name, sizeof record.name, "thread %d", by);
  printf("%s: %d %ld %g\n", record.name, counter, zeroed, record.value);
  return &counter;
}

int main(void) {
  void* where;
  for (int i = 1; i <= 3; i++) {
    pthread_t t;
    pthread_create(&t, NULL, thread, &i);
    pthread_join(t, &where);
  }
  bump(1);
  printf("%s: %d %ld %g\n", record.name, counter, zeroed, record.value);
}
