// Vector types wider than the target's registers, passed and returned by
// value: caller and callee must use the same convention, for any combination of
// their target features.
#include <stdio.h>

typedef float v8 __attribute__((vector_size(32)));
typedef int w4 __attribute__((vector_size(16)));

__attribute__((noinline)) static v8 mix(v8 a, v8 b, int scale) { return a * (float)scale + b; }
__attribute__((noinline)) static w4 shift(w4 a, w4 b) { return (a << b) ^ (b > a); }

int main(void) {
  v8 v = {1, 2, 3, 4, 5, 6, 7, 8};
  w4 w = {1, 20, 300, 4000};
  for (int i = 0; i < 5; i++) {
    v = mix(v, v, i);
    w = shift(w, (w4){i, 1, 2, 3});
    printf("%g %g %g %d %d %d\n", v[0], v[3], v[7], w[0], w[1], w[3]);
  }
}
