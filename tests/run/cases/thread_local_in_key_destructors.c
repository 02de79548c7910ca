// Destructors of thread-specific data still read and write the thread's variables, in each round of destructors: small
// ones, one with an initial value, a large block, and one that the thread has not used before.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static __thread long count;
static __thread char name[64];
static __thread int level = 17;
__thread char large[100000];
static __thread int first_used_here = 3;
static pthread_key_t first, second;
static __thread int rounds;

static void last(void* value) {
  count++;
  printf("%s: %ld %s %d %d %s %d\n", (char*)value, count, name, level++, first_used_here++, large + 99900, ++rounds);
  if (rounds < 5) pthread_setspecific(rounds % 2 ? first : second, "again");
}

static void* work(void* argument) {
  count = (long)argument;
  snprintf(name, sizeof name, "thread-%ld", (long)argument);
  strcpy(large + 99900, name);
  pthread_setspecific(first, "first");
  pthread_setspecific(second, "first");
  for (int i = 0; i < 100; i++)
    count++;
  return 0;
}

int main(void) {
  count = 5;
  pthread_key_create(&first, last);
  pthread_key_create(&second, last);
  for (long i = 1; i < 4; i++) {
    pthread_t thread;
    pthread_create(&thread, 0, work, (void*)(i * 1000));
    pthread_join(thread, 0);
  }
  printf("%ld %d %d\n", count, level, first_used_here);
}
