// Handlers of fault signals: what sigaction and its kin answer, and what a handler finds when it runs. The runner has
// handlers of its own for these signals.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static char alternate[1 << 16];
static sigjmp_buf back;
static volatile int depth, runs;
static volatile char* page;

static int on_alternate(const void* place) {
  return (const char*)place >= alternate && (const char*)place < alternate + sizeof alternate;
}

static void show_mask(const char* what) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  printf("%s: SEGV %d FPE %d USR1 %d\n", what, sigismember(&mask, SIGSEGV), sigismember(&mask, SIGFPE),
         sigismember(&mask, SIGUSR1));
}

static void show_action(const char* what, int signal) {
  struct sigaction action;
  sigaction(signal, NULL, &action);
  printf("%s: handler %s flags %x mask %d\n", what,
         action.sa_handler == SIG_DFL   ? "default"
         : action.sa_handler == SIG_IGN ? "ignore"
                                        : "own",
         action.sa_flags & ~0x04000000, sigismember(&action.sa_mask, SIGUSR1));
}

static void mend(int signal, siginfo_t* info, void* context) {
  char here;
  printf("signal %d code %d on page %d alternate %d context %d\n", signal, info->si_code, info->si_addr == page,
         on_alternate(&here), context != NULL);
  show_mask("in handler");
  mprotect((void*)page, 4096, PROT_READ | PROT_WRITE); // the access is repeated
}

static void leave(int signal) {
  char here;
  runs++;
  printf("leave %d alternate %d\n", signal, on_alternate(&here));
  siglongjmp(back, 1);
}

static void nest(int signal) {
  if (depth++ < 3) raise(signal);
  printf("nest %d\n", --depth);
}

static void count(int signal) { runs++; }

static void touch_page(void) {
  mprotect((void*)page, 4096, PROT_NONE);
  page[0] = 1;
}

static void with_flags(int flags, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = flags | SA_SIGINFO;
  sigaddset(&action.sa_mask, SIGUSR1);
  sigaction(SIGSEGV, &action, NULL);
}

static int overflow(volatile int n) {
  volatile char frame[4096];
  frame[0] = (char)n;
  return overflow(n + 1) + frame[0];
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
  for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++)
    show_action("at start", faults[i]);

  for (int flags = 0; flags != 4; flags++) {
    with_flags((flags & 1 ? SA_ONSTACK : 0) | (flags & 2 ? SA_NODEFER : 0), mend);
    show_action("installed", SIGSEGV);
    touch_page();
    show_mask("after");
  }
  with_flags(SA_RESETHAND, mend);
  touch_page();
  show_action("after one shot", SIGSEGV);

  printf("first %d\n", signal(SIGSEGV, leave) == SIG_DFL);
  show_action("signal", SIGSEGV);
  printf("second %d\n", signal(SIGSEGV, leave) == leave);
  for (int i = 0; i < 3; i++)
    if (sigsetjmp(back, 1) == 0) *(volatile int*)8 = 1;
  struct sigaction on_stack;
  memset(&on_stack, 0, sizeof on_stack);
  on_stack.sa_handler = leave;
  on_stack.sa_flags = SA_ONSTACK;
  sigaction(SIGSEGV, &on_stack, NULL);
  if (sigsetjmp(back, 1) == 0) overflow(0);
  printf("overflow was left, %d runs\n", runs);

  struct sigaction nested = {.sa_flags = SA_NODEFER};
  nested.sa_handler = nest;
  sigaction(SIGFPE, &nested, NULL);
  raise(SIGFPE);

  printf("ignore %d\n", signal(SIGABRT, SIG_IGN) == SIG_DFL);
  raise(SIGABRT);
  kill(getpid(), SIGABRT);
  printf("sigset %d\n", sigset(SIGILL, count) == SIG_DFL);
  printf("hold %d\n", sigset(SIGILL, SIG_HOLD) == count);
  raise(SIGILL);
  const int held = runs;
  printf("release %d\n", sigset(SIGILL, count) == SIG_HOLD);
  printf("came %d\n", runs - held);
  siginterrupt(SIGILL, 1);
  show_action("interrupts", SIGILL);
  siginterrupt(SIGILL, 0);
  show_action("restarts", SIGILL);
  sigignore(SIGTRAP);
  show_action("sigignore", SIGTRAP);
  raise(SIGTRAP);
  printf("bad %d %d\n", sigaction(0, NULL, NULL), sigaction(SIGKILL, &nested, NULL));

  pid_t child = vfork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    _exit(0);
  }
  show_action("after vfork", SIGSEGV);
  signal(SIGSEGV, SIG_DFL);
  *(volatile int*)8 = 1;
  return 0;
}
