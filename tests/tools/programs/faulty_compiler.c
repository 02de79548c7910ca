// Preloaded into ajit-run: replaces the beginning of one of its functions by code that faults.
// AJIT_FAULT_AT is the function's address, AJIT_FAULT the kind.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int overflow(volatile int n) {
  volatile char frame[4096];
  frame[0] = (char)n;
  return overflow(n + 1) + frame[0];
}

static void overflow_stack(void) { overflow(0); }

static size_t jump_to(unsigned char* code, void (*target)(void)) {
  const uint64_t address = (uintptr_t)target;
  memcpy(code, "\x48\xb8", 2); // movabs $target, %rax
  memcpy(code + 2, &address, sizeof address);
  memcpy(code + 10, "\x50\xff\xe0", 3); // pushq, to align the stack; jmp *%rax
  return 13;
}

__attribute__((constructor)) static void plant(void) {
  const char* at = getenv("AJIT_FAULT_AT");
  const char* kind = getenv("AJIT_FAULT");
  if (!at || !kind) return;
  unsigned char code[16];
  size_t size = 0;
  if (!strcmp(kind, "SIGSEGV")) memcpy(code, "\x31\xc0\x8b\x00", size = 4); // xorl %eax, %eax; movl (%rax), %eax
  if (!strcmp(kind, "SIGILL")) memcpy(code, "\x0f\x0b", size = 2);          // ud2
  if (!strcmp(kind, "SIGFPE")) memcpy(code, "\x31\xc9\xf7\xf9", size = 4);  // xorl %ecx, %ecx; idivl %ecx
  if (!strcmp(kind, "SIGTRAP")) memcpy(code, "\xcc", size = 1);             // int3
  if (!strcmp(kind, "abort")) size = jump_to(code, abort);
  if (!strcmp(kind, "overflow")) size = jump_to(code, overflow_stack);
  unsigned char* place = (unsigned char*)strtoull(at, NULL, 16);
  void* page = (void*)((uintptr_t)place & ~(uintptr_t)4095);
  if (mprotect(page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) abort();
  memcpy(place, code, size);
  mprotect(page, 8192, PROT_READ | PROT_EXEC);
}
