// errno and the rounding mode belong to the program: when the runtime compiles,
// counts or times a call, it must preserve both.
#include <errno.h>
#include <fenv.h>
#include <stdio.h>

#define function(n)                                                                                                    \
  __attribute__((noinline)) static int f##n(int x) { return x + n; }
function(0) function(1) function(2) function(3) function(4) function(5) function(6)
    function(7) static int (*const table[])(int) = {f0, f1, f2, f3, f4, f5, f6, f7};

int main(void) {
  int changed = 0, sum = 0;
  fesetround(FE_UPWARD);
  for (int i = 0; i < 4000; i++) {
    errno = i;
    sum += table[i % 8](i);
    changed += errno != i;
  }
  printf("%d %d %d\n", sum, changed, fegetround() == FE_UPWARD);
}
