// With the stack protector a smashed frame is noticed at the return: abort.
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
