// Calling conventions: structs by value, hidden result pointers, varargs.
//
// Structs of every class of the x86-64 ABI (one register, two, mixed integer
// and floating point, memory, long double) travel by value between functions
// that change tier independently, and a variadic function reads its arguments
// from the save area of its frame. argv[1] is the number of rounds: 300 by
// default, some 100,000,000 for seconds at O3.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct pair {
  int a, b;
};
struct mixed {
  double x;
  long n;
};
struct three {
  double x, y, z;
};
struct large {
  long values[9];
};
struct extended {
  long double value;
  int scale;
};

static struct pair swap(struct pair p) { return (struct pair){p.b, p.a + 1}; }
static struct mixed step(struct mixed m) { return (struct mixed){m.x + 0.5, m.n * 3 % 1001}; }
static struct three cross(struct three a, struct three b) {
  return (struct three){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static struct large rotate(struct large in, int by) {
  struct large out;
  for (int i = 0; i < 9; i++)
    out.values[i] = in.values[(i + by) % 9] + i;
  return out;
}
static struct extended halve(struct extended e) { return (struct extended){e.value / 2, e.scale + 1}; }

static double total(const char* kinds, ...) {
  va_list args;
  va_start(args, kinds);
  double sum = 0;
  for (; *kinds; kinds++)
    switch (*kinds) {
    case 'i':
      sum += va_arg(args, int);
      break;
    case 'd':
      sum += va_arg(args, double);
      break;
    case 'p':
      sum += va_arg(args, struct pair).b;
      break;
    case 'm':
      sum += va_arg(args, struct mixed).x;
      break;
    case 'l':
      sum += va_arg(args, struct large).values[8] % 1000;
      break;
    }
  va_end(args);
  return sum;
}

int main(int argc, char** argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 300;
  struct pair p = {1, 2};
  struct mixed m = {0.25, 7};
  struct three v = {1, 2, 3}, w = {0.6, 0, 0.8};
  struct large l = {{1, 2, 3, 4, 5, 6, 7, 8, 9}};
  struct extended e = {1.0L, 0};
  double sum = 0;
  for (long i = 0; i < rounds; i++) {
    p = swap(p);
    m = step(m);
    v = cross(w, v);
    l = rotate(l, (int)(i % 9));
    e = e.scale % 64 == 63 ? (struct extended){1.0L + i, 0} : halve(e);
    sum += total("ipdmlidi", (int)i, p, 1.5, m, l, 2, 0.125, 3);
  }
  printf("%d %d, %.3f %ld, %.6f %.6f %.6f\n", p.a, p.b, m.x, m.n, v.x, v.y, v.z);
  printf("%ld %ld, %Lg %d, total %.3f\n", l.values[0], l.values[8], e.value, e.scale, sum);
  return p.a % 251;
}
