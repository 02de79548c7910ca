// Every way of ending a process, from a second thread while others are busy. Each child ends in one of the ways.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned long spins;
__attribute__((noinline)) static unsigned long busy_inner(unsigned long x) { return x * 2862933555777941757u + 1; }
__attribute__((noinline)) static void busy(void) { spins += busy_inner(spins) != 0; }
static void* spin(void* unused) {
  for (;;)
    busy();
  return unused;
}
static void say(const char* text) {
  if (write(1, text, strlen(text)) < 0) _exit(99);
}
static void at_exit(void) { say("atexit "); }
static void at_quick(void) { say("at_quick_exit "); }
static void handler(int signal) { exit(signal + 30); }

static void by_exit(void) { exit(3); }
static void by_quick_exit(void) { quick_exit(4); }
static void by_underscore_exit(void) { _exit(5); }
static void by_abort(void) { abort(); }
static void by_signal(void) { raise(SIGTERM); }
static void by_kill(void) { kill(getpid(), SIGKILL); }
static void by_handler(void) { signal(SIGUSR1, handler), kill(getpid(), SIGUSR1), pause(); }
static void by_fault(void) { *(volatile int*)8 = 1; }
static void (*const ways[])(void) = {by_exit,   by_quick_exit, by_underscore_exit, by_abort,
                                     by_signal, by_kill,       by_handler,         by_fault};
static void* leave(void* way) {
  while (spins < 300000)
    usleep(100);
  ways[(long)way]();
  return NULL;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  fclose(stderr); // the messages about a crash differ
  close(2);
  for (long way = 0; way < (long)(sizeof ways / sizeof *ways); way++) {
    if (fork() == 0) {
      pthread_t thread;
      atexit(at_exit);
      at_quick_exit(at_quick);
      pthread_create(&thread, NULL, spin, NULL);
      pthread_create(&thread, NULL, leave, (void*)way);
      for (;;)
        busy();
    }
    int status;
    wait(&status);
    printf("%ld: %s %d\n", way, WIFEXITED(status) ? "status" : "signal",
           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  }
  return 0;
}
