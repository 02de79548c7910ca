// main leaves by pthread_exit: the process lives until its last thread ends,
// and then ends with status 0 after the handlers.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_t main_thread;
static void handler(void) { puts("handler"); }
static int work(int n) { return n < 2 ? n : work(n - 1) + work(n - 2); }
static void* thread(void* unused) {
  pthread_join(main_thread, NULL);
  printf("main is gone, %d\n", work(15));
  return unused;
}

int main(void) {
  pthread_t t;
  main_thread = pthread_self();
  atexit(handler);
  pthread_create(&t, NULL, thread, NULL);
  pthread_exit(NULL);
}
