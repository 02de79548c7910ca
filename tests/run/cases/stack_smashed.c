// The stack protector detects a smashed frame at the return and aborts.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int smash(volatile int length) {
  char buffer[16];
  memset(buffer, 'x', (size_t)length);
  return buffer[3];
}

int main(void) {
  printf("%c\n", smash(16));
  fflush(stdout);
  return smash(16 + 48);
}
