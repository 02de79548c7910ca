// Variadic functions: the register save area, the overflow area, va_copy, a
// va_list passed on, structs, long doubles, and through a pointer.
#include <stdarg.h>
#include <stdio.h>

struct small {
  int a;
  float b;
};
struct big {
  long v[4];
};

__attribute__((noinline)) static double sum_list(int count, va_list args) {
  double sum = 0;
  for (int i = 0; i < count; i++)
    sum += i % 2 ? va_arg(args, double) : va_arg(args, int);
  return sum;
}
__attribute__((noinline)) static double twice(int count, ...) {
  va_list args, again;
  va_start(args, count);
  va_copy(again, args);
  double sum = sum_list(count, args) * 1000 + sum_list(count, again);
  va_end(args);
  va_end(again);
  return sum;
}
__attribute__((noinline)) static long double structs(const char* kinds, ...) {
  va_list args;
  long double sum = 0;
  va_start(args, kinds);
  for (; *kinds; kinds++)
    if (*kinds == 's') {
      struct small s = va_arg(args, struct small);
      sum += s.a + s.b;
    } else if (*kinds == 'b')
      sum += va_arg(args, struct big).v[3];
    else
      sum += va_arg(args, long double);
  va_end(args);
  return sum;
}
static long double (*volatile pointer)(const char*, ...) = structs;

int main(void) {
  struct small s = {1, 0.5f};
  struct big b = {{1, 2, 3, 4}};
  for (int i = 0; i < 5; i++) {
    printf("%.3f\n", twice(12, i, .1, 2, .2, 3, .3, 4, .4, 5, .5, 6, .6));
    printf("%.3Lf %.3Lf\n", structs("sbLsb", s, b, 0.125L, s, b), pointer("LLbs", 1.0L, 2.0L, b, s));
  }
}
