// Handlers with siginfo and context, on an alternate stack: they repair the
// cause and return to the interrupted instruction.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static char* page;
static volatile int faults, address_right;
static void repair(int number, siginfo_t* info, void* context) {
  (void)number, (void)context;
  faults++;
  address_right += (char*)info->si_addr == page + 10;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}
__attribute__((noinline)) static void store(volatile char* p, char c) { *p = c; }

int main(void) {
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, NULL);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 5; i++) {
    mprotect(page, 4096, PROT_NONE);
    store(page + 10, (char)('a' + i));
  }
  printf("%d faults, %d addresses, %c\n", faults, address_right, page[10]);
}
