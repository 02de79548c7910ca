// Threads are cancelled while functions that they call are compiled. Each ends at its next cancellation point after the
// call, runs its handlers, and leaves nothing locked.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define DEFINE(n)                                                                                                       \
  static int f##n(int x) {                                                                                              \
    for (int i = 0; i < 3; i++)                                                                                         \
      x = x * 31 + n;                                                                                                   \
    return x;                                                                                                           \
  }
#define EIGHT(n) DEFINE(n##0) DEFINE(n##1) DEFINE(n##2) DEFINE(n##3) DEFINE(n##4) DEFINE(n##5) DEFINE(n##6) DEFINE(n##7)
#define NAMES(n) f##n##0, f##n##1, f##n##2, f##n##3, f##n##4, f##n##5, f##n##6, f##n##7
EIGHT(1)
EIGHT(2)
EIGHT(3)
EIGHT(4)
EIGHT(5)
EIGHT(6)
EIGHT(7)
EIGHT(8)
static int (*const functions[])(int) = {NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6), NAMES(7), NAMES(8)};
enum { count = sizeof functions / sizeof *functions, threads = 16 };

static int handlers;
static volatile int sum, begun;

static void clean_up(void* unused) {
  (void)unused;
  __atomic_add_fetch(&handlers, 1, __ATOMIC_SEQ_CST);
}

static void* work(void* start) {
  pthread_cleanup_push(clean_up, NULL);
  __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
  for (int i = (int)(long)start;; i++) {
    sum += functions[i % count](i);
    pthread_testcancel();
  }
  pthread_cleanup_pop(0);
  return NULL;
}

int main(void) {
  pthread_t all[threads];
  int cancelled = 0;
  for (int i = 0; i < threads; i++) {
    pthread_create(&all[i], NULL, work, (void*)(long)(i * count / threads));
    while (begun <= i)
      usleep(50);
    usleep(i * 40);
    pthread_cancel(all[i]);
  }
  for (int i = 0; i < threads; i++) {
    void* result = NULL;
    pthread_join(all[i], &result);
    cancelled += result == PTHREAD_CANCELED;
  }
  int all_sum = 0;
  for (int i = 0; i < count; i++)
    all_sum += functions[i](1);
  printf("%d of %d cancelled, %d handlers ran, %d\n", cancelled, threads, handlers, all_sum);
}
