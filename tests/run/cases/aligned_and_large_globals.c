// Globals that are over-aligned, very large, zero, constant, in sections of
// their own and at the ends of the address range of the data.
#include <stdint.h>
#include <stdio.h>

_Alignas(4096) static char page[4096] = "page";
_Alignas(64) static int line[16] = {1, 2, 3};
static char zeros[200u << 20];
static const int big_constant[20000] = {[19999] = 7};
__attribute__((section(".mydata"))) static int elsewhere = 99;

__attribute__((noinline)) static int touch(size_t at) { return zeros[at]++ + big_constant[at % 20000]; }

int main(void) {
  volatile uintptr_t p = (uintptr_t)page, l = (uintptr_t)line;
  printf("%d %d %s %d\n", (int)(p % 4096), (int)(l % 64), page, line[2]);
  int sum = elsewhere;
  for (int i = 0; i < 5; i++)
    sum = sum * 10 + touch(0) + touch(sizeof zeros - 1) + touch(100u << 20) + touch(19999);
  printf("%d\n", sum);
}
