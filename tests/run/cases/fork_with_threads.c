// fork while other threads make first calls: the child must not wait for locks
// that they hold at that moment.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int stop;
#define function(n)                                                                                                    \
  __attribute__((noinline)) static int f##n(int x) { return x * n + 1; }
function(1) function(2) function(3) function(4) function(5) function(6) function(7)
    function(8) static int (*const table[])(int) = {f1, f2, f3, f4, f5, f6, f7, f8};

static void* thread(void* unused) {
  for (unsigned i = 0; !stop; i++)
    table[i % 8](1);
  return unused;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  int good = 0;
  for (int round = 0; round < 8; round++) {
    pid_t child = fork();
    if (child == 0) _exit(table[round](10) == 10 * (round + 1) + 1 ? 33 : 1);
    int status;
    waitpid(child, &status, 0);
    good += WIFEXITED(status) && WEXITSTATUS(status) == 33;
  }
  stop = 1;
  pthread_join(t, NULL);
  printf("%d children\n", good);
}
