// The floating-point environment belongs to the program from its first instruction on: the runtime's start and compiles
// must not add flags to it, and must preserve the program's own flags and rounding mode.
#include <fenv.h>
#include <stdio.h>

static int in_constructor;
__attribute__((constructor)) static void first(void) { in_constructor = fetestexcept(FE_ALL_EXCEPT); }

__attribute__((noinline)) static int flags(void) { return fetestexcept(FE_ALL_EXCEPT); }
__attribute__((noinline)) static int more_flags(void) { return fetestexcept(FE_ALL_EXCEPT); }
__attribute__((noinline)) static int rounding(int i) { return i + fegetround(); }

int main(void) {
  int at_start = fetestexcept(FE_ALL_EXCEPT);
  printf("%#x %#x %#x\n", in_constructor, at_start, flags());
  feraiseexcept(FE_OVERFLOW);
  fesetround(FE_UPWARD);
  int sum = 0;
  for (int i = 0; i < 2000; ++i)
    sum += rounding(i) == i + FE_UPWARD;
  int after = more_flags();
  fesetround(FE_TONEAREST);
  printf("%d %#x\n", sum, after);
  return 0;
}
