// A thread_local variable defined in one module and used from another.
#include <pthread.h>
#include <stdio.h>

extern _Thread_local int shared_tls;
extern int* address_in_other_module(void);

static void* thread(void* value) {
  shared_tls += *(int*)value;
  printf("thread: %d %d\n", shared_tls, address_in_other_module() == &shared_tls);
  return NULL;
}

int main(void) {
  for (int i = 1; i < 4; i++) {
    pthread_t t;
    pthread_create(&t, NULL, thread, &i);
    pthread_join(t, NULL);
  }
  shared_tls++;
  printf("main: %d %d\n", *address_in_other_module(), address_in_other_module() == &shared_tls);
}
