// A forked child lacks its parent's other threads. It starts threads of its own and forks again, while functions of
// both processes change tier.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int step(int x) { return (x * 31 + 7) % 10007; }
__attribute__((noinline)) static int in_child(int x) { return step(x) + 1; }
__attribute__((noinline)) static int in_grandchild(int x) { return in_child(x) * 2 % 9973; }

static int run(int (*function)(int), int times) {
  int x = 1;
  for (int i = 0; i < times; i++)
    x = function(x);
  return x;
}
static void* thread(void* result) { return *(int*)result = run(in_child, 20000), NULL; }
static void* until_told(void* stop) {
  while (!*(volatile int*)stop)
    run(step, 100);
  return NULL;
}
static int child(int depth) {
  pthread_t threads[4];
  int results[4], sum = 0, status = 0;
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, thread, &results[i]);
  if (depth) {
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(child(depth - 1) + run(in_grandchild, 3000) % 7);
    waitpid(grandchild, &status, 0);
  }
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL), sum += results[i];
  return (sum + (WIFEXITED(status) ? WEXITSTATUS(status) : 1000)) % 101;
}

int main(void) {
  int stop = 0;
  pthread_t busy;
  pthread_create(&busy, NULL, until_told, &stop);
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) _exit(child(2));
    int status;
    waitpid(pid, &status, 0);
    printf("%s %d\n", WIFEXITED(status) ? "status" : "signal",
           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  }
  stop = 1;
  pthread_join(busy, NULL);
  printf("%d\n", run(in_grandchild, 5000));
}
