// Blocks of thread-local variables that are large, aligned to more than a page, or both, with initial values that are
// addresses. Threads begin with these values, in children as well.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int target = 12;
static int twice(int x) { return x * 2; }
__thread char page[4096] __attribute__((aligned(8192)));
__thread char big[1 << 20];
__thread int* pointer = &target;
__thread int (*function)(int) = twice;
__thread const char* text = "initial";
static __thread struct {
  char tag;
  long values[300];
} record = {'r', {1, 2, 3, [299] = 9}};

static long sum(void) {
  long result = 0;
  for (int i = 0; i < 300; i++)
    result += record.values[i];
  for (unsigned i = 0; i < sizeof big; i += 4096)
    result += big[i];
  return result;
}

static void* work(void* argument) {
  printf("%s: %ld %d %d %s %c %d\n", (char*)argument, sum(), *pointer, function(21), text, record.tag,
         (uintptr_t)page % 8192 == 0);
  text = argument;
  pointer = &(int){5};
  memset(big, 1, sizeof big);
  record.values[7] = 1000;
  page[4095] = 'p';
  printf("%s: %ld %s %d\n", (char*)argument, sum(), text, page[4095]);
  return 0;
}

int main(void) {
  pthread_t thread;
  work("main");
  for (int i = 0; i < 3; i++) {
    pthread_create(&thread, 0, work, "thread");
    pthread_join(thread, 0);
  }
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    printf("child: %ld %s\n", sum(), text);
    pthread_create(&thread, 0, work, "thread of the child");
    pthread_join(thread, 0);
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, 0, 0);
  printf("main: %ld %s\n", sum(), text);
}
