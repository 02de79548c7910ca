// _Float16 arithmetic: without hardware support every operation converts, by
// calls into compiler-rt with its own convention.
#include <stdio.h>

__attribute__((noinline)) static _Float16 step(_Float16 x, _Float16 y) { return x * y + (_Float16)0.3f; }
__attribute__((noinline)) static double widen(_Float16 x) { return x; }

int main(void) {
  _Float16 x = (_Float16)1.1;
  for (int i = 0; i < 8; i++) {
    x = step(x, (_Float16)(i * 0.25));
    printf("%a %a %d\n", widen(x), (double)(_Float16)(1.0 / (i + 3)), (int)(x * (_Float16)100));
  }
  printf("%a %a\n", (double)(_Float16)70000.0f, (double)(_Float16)1e-7);
}
