// The main thread ends by the bare system call, as programs in assembly do. The process ends with its status, or if
// there are other threads, when the last of them ends and with that one's. No exit handler runs, no buffer is written.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((noinline)) static int twice(int x) { return 2 * x; }

static void never(void) {
  puts("an exit handler ran");
  fflush(stdout);
}

static void leave(int status) { __asm__ volatile("syscall" ::"a"(SYS_exit), "D"(status) : "rcx", "r11", "memory"); }

static void* outlives_main(void* unused) {
  struct timespec pause = {0, 50000000};
  nanosleep(&pause, NULL);
  printf("the thread goes on: %d\n", twice(21));
  fflush(stdout);
  return unused;
}

/// Heats a function and a loop, so that threads of the runner exist.
static unsigned heat(void) {
  unsigned sum = 0;
  for (int i = 0; i < 200000; i++)
    sum += (unsigned)twice(i);
  return sum;
}

static void child(int kind) {
  atexit(never);
  printf("%u\n", heat());
  fflush(stdout);
  if (kind == 1) {
    pthread_t thread;
    pthread_create(&thread, NULL, outlives_main, NULL);
  }
  leave(40 + kind);
}

int main(void) {
  for (int kind = 0; kind < 2; kind++) {
    fflush(stdout);
    pid_t forked = fork();
    if (forked == 0) child(kind);
    int status;
    waitpid(forked, &status, 0);
    printf("%s %d\n", WIFEXITED(status) ? "exited" : "killed", WIFEXITED(status) ? WEXITSTATUS(status) : status);
  }
  printf("%u\n", heat());
  fflush(stdout);
  leave(7);
}
