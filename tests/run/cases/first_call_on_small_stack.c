// First calls on stacks that are far too small for a compiler: the smallest thread that the C library allows, a
// coroutine of 12 KiB, and a signal handler on an alternate stack. What lies below each stack stays as it was.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { small = 12 * 1024, guard = 64 * 1024 };

static unsigned char* guarded; // `guard` bytes of 0xa5, then a stack
static unsigned char* make_stack(size_t size) {
  guarded = malloc(guard + size);
  memset(guarded, 0xa5, guard);
  return guarded + guard;
}
static const char* below(void) {
  for (int i = 0; i < guard; i++)
    if (guarded[i] != 0xa5) return "overwritten";
  return "intact";
}

static int leaf(int x) { return x * 3; }
static int middle(int x) { return leaf(x) + 1; }
static int on_thread(int x) {
  int sum = 0;
  for (int i = 0; i < 5; i++) sum += middle(x + i);
  return sum;
}
static void* thread_main(void* argument) { return (void*)(long)on_thread((int)(long)argument); }

static int sum_of_squares(int n) { return n ? n * n + sum_of_squares(n - 1) : 0; }
static ucontext_t main_context, coroutine;
static int of_coroutine;
static void coroutine_main(void) {
  of_coroutine = sum_of_squares(9);
  swapcontext(&coroutine, &main_context);
}

static int of_handler;
static int twice(int x) { return 2 * x; }
static void handler(int signal) { of_handler = twice(signal) + sum_of_squares(3); }

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  pthread_t thread;
  void* result;
  if (pthread_create(&thread, &attributes, thread_main, (void*)7)) return 77;
  pthread_join(thread, &result);
  printf("thread %ld\n", (long)result);

  getcontext(&coroutine);
  coroutine.uc_stack.ss_sp = make_stack(small);
  coroutine.uc_stack.ss_size = small;
  makecontext(&coroutine, coroutine_main, 0);
  swapcontext(&main_context, &coroutine);
  printf("coroutine %d, below it %s\n", of_coroutine, below());

  size_t size = small + (size_t)SIGSTKSZ; // the kernel's frame has all registers
  stack_t alternate = {.ss_sp = make_stack(size), .ss_size = size};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  printf("handler %d, below it %s\n", of_handler, below());
}
