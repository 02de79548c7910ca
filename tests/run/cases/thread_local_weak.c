// A weak reference to a thread-local variable that the library may lack, next to an ordinary reference.
#include <pthread.h>
#include <stdio.h>

extern __attribute__((weak)) _Thread_local int weak_in_library;
extern _Thread_local int in_library;

__attribute__((noinline)) static int* place(int which) { return which ? &weak_in_library : &in_library; }

static void* thread(void* name) {
  for (int i = 0; i < 150; i++)
    *place(i & 1) += i;
  printf("%s: %d %d %d\n", (const char*)name, weak_in_library, in_library, place(1) == &weak_in_library);
  return NULL;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, thread, "thread");
  pthread_join(t, NULL);
  thread("main");
}
