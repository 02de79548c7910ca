// Threads fork while functions are being compiled at every tier. The children call functions for the first time, heat
// loops and functions of their own, start a thread, and fork again; beside them run popen, system and posix_spawn.
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;
static unsigned table[256];

#define CASE(k)                                                                                                        \
  case k:                                                                                                              \
    for (unsigned j = 0; j < (a & 3) + 1; j++) {                                                                       \
      s += table[(s + j * (k + 3)) & 255] * b;                                                                         \
      a ^= s >> (k + 1);                                                                                               \
      if (a & (1u << k)) b += a;                                                                                       \
    }                                                                                                                  \
    break;
#define FUNCTION(n)                                                                                                    \
  __attribute__((noinline)) static unsigned f##n(unsigned x) {                                                         \
    unsigned s = x + n, a = 1, b = 2;                                                                                  \
    switch (x & 7) { CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) }                                 \
    return s ^ a ^ b;                                                                                                  \
  }
FUNCTION(0)
FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7) FUNCTION(8) FUNCTION(9) FUNCTION(10)
    FUNCTION(11) FUNCTION(12) FUNCTION(13) FUNCTION(14) FUNCTION(15) enum {
      hot = 12,
      all = 16,
      rounds = 40
    };
static unsigned (*const functions[all])(unsigned) = {f0, f1, f2,  f3,  f4,  f5,  f6,  f7,
                                                     f8, f9, f10, f11, f12, f13, f14, f15};
static unsigned expected[all];
static int stop;

static unsigned heat(int from, int count, int times) {
  unsigned s = 1;
  for (int i = 0; i < times; i++)
    s += functions[from + i % count](s);
  return s;
}

static void* heater(void* seed) {
  unsigned s = (unsigned)(unsigned long)seed;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
    s += heat(0, hot, 500);
  return (void*)(unsigned long)(s | 1);
}

static void* child_thread(void* unused) { return heat(hot, all - hot, 300) != 0 ? unused : NULL; }

static int wait_for(pid_t child) {
  int status;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/// Returns its exit status.
static int in_child(int round) {
  for (int i = 0; i < all; i++) // four of them have never been called
    if (functions[(i + round) % all](7) != expected[(i + round) % all]) return 1;
  if (round % 4 == 0) heat(0, all, 3000);
  if (round % 4 == 1) {
    pthread_t thread;
    int token;
    void* result = NULL;
    if (pthread_create(&thread, NULL, child_thread, &token)) return 2;
    pthread_join(thread, &result);
    if (result != &token) return 3;
  }
  if (round % 4 == 2) {
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(functions[hot](7) == expected[hot] ? 44 : 4);
    if (wait_for(grandchild) != 44) return 5;
  }
  return 33;
}

static void* forker(void* good) {
  for (int round = 0; round < rounds; round++) {
    pid_t child = fork();
    if (child == 0) {
      int status = in_child(round);
      if (round % 2) exit(status);
      _exit(status);
    }
    *(int*)good += wait_for(child) == 33;
  }
  return NULL;
}

static void* spawner(void* good) {
  for (int round = 0; round < 8; round++) {
    char text[16] = "";
    FILE* pipe = popen("echo 17", "r");
    *(int*)good += pipe && fgets(text, sizeof text, pipe) && atoi(text) == 17;
    if (pipe) pclose(pipe);
    *(int*)good += system("exit 5") == 5 << 8;
    pid_t child;
    char* arguments[] = {"sh", "-c", "exit 6", NULL};
    *(int*)good += posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0 && wait_for(child) == 6;
    child = vfork();
    if (child == 0) _exit(7);
    *(int*)good += wait_for(child) == 7;
  }
  return NULL;
}

int main(void) {
  for (unsigned i = 0; i < 256; i++)
    table[i] = i * 2654435761u;
  // What the functions that stay cold in the parent return, from children that call nothing else.
  for (int i = 0; i < all; i++) {
    int ends[2];
    if (pipe(ends)) return 1;
    pid_t child = fork();
    if (child == 0) {
      unsigned value = functions[i](7);
      _exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
    }
    if (wait_for(child) != 0 || read(ends[0], &expected[i], sizeof expected[i]) != sizeof expected[i]) return 2;
    close(ends[0]), close(ends[1]);
  }
  pthread_t heaters[2], forkers[2], spawning;
  int good[2] = {0, 0}, spawned = 0;
  for (unsigned long i = 0; i < 2; i++) {
    pthread_create(&heaters[i], NULL, heater, (void*)(i + 1));
    pthread_create(&forkers[i], NULL, forker, &good[i]);
  }
  pthread_create(&spawning, NULL, spawner, &spawned);
  for (int i = 0; i < 2; i++)
    pthread_join(forkers[i], NULL);
  pthread_join(spawning, NULL);
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < 2; i++)
    pthread_join(heaters[i], NULL);
  printf("%d and %d children, %d commands\n", good[0], good[1], spawned);
}
