// Functions whose first call comes late: in atexit handlers, in destructors, in destructors of thread-specific values,
// in handlers of fork.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define late(name)                                                                                                     \
  __attribute__((noinline)) static int name##_inner(int x) { return x * 3 + 1; }                                       \
  __attribute__((noinline)) static int name##_late(int x) { return name##_inner(x) % 1000; }

late(first) late(second) late(finish) late(thread) late(prepare) late(child) late(parent)

    static int many(int (*function)(int)) {
  int sum = 1;
  for (int i = 0; i < 120; i++)
    sum = function(sum + i);
  return sum;
}
static void one(void) { printf("atexit %d\n", many(first_late)); }
static void two(void) {
  printf("atexit %d\n", many(second_late));
  atexit(one); // registers it while exit runs
}
__attribute__((destructor)) static void end(void) { printf("destructor %d\n", many(finish_late)); }
static void value_destroyed(void* value) { printf("thread %d\n", many(thread_late) + (value != NULL)); }
static void* thread_main(void* key) { return pthread_setspecific(*(pthread_key_t*)key, key), NULL; }
static void before(void) { printf("prepare %d\n", many(prepare_late)), fflush(stdout); }
static void in_child(void) { printf("child %d\n", many(child_late)), fflush(stdout); }
static void in_parent(void) { printf("parent %d\n", many(parent_late)); }

int main(void) {
  pthread_key_t key;
  pthread_t thread;
  pthread_key_create(&key, value_destroyed);
  pthread_create(&thread, NULL, thread_main, &key);
  pthread_join(thread, NULL);
  pthread_atfork(before, in_parent, in_child);
  if (fork() == 0) _exit(0);
  wait(NULL);
  atexit(two);
  return 5;
}
