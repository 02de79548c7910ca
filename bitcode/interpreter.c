// A bytecode interpreter with a stack machine and one switch.
//
// Each call of the interpreted program is a call of `run`, so the interpreter
// tiers up by call counts while the interpreted program is still in its first
// recursion. Older activations stay in older code; newer ones enter newer
// code. argv[1] is the argument of the interpreted fibonacci: 18 by default,
// about 40 for seconds at O3.
#include <stdio.h>
#include <stdlib.h>

enum op { push, argument, add, subtract, multiply, less, jump_if_zero, call, give_back };

struct procedure {
  const char* name;
  const short* code;
};

// clang-format off
static const short fibonacci_code[] = {
    argument, push, 2, less, jump_if_zero, 8, argument, give_back, // n < 2: n
    argument, push, 1, subtract, call, 0,
    argument, push, 2, subtract, call, 0, add, give_back};
static const short factorial_code[] = {
    argument, push, 1, less, jump_if_zero, 9, push, 1, give_back, // n < 1: 1
    argument, argument, push, 1, subtract, call, 1, multiply, give_back};
// clang-format on
static const struct procedure procedures[] = {{"fibonacci", fibonacci_code}, {"factorial", factorial_code}};

static unsigned long executed;

static long run(const struct procedure* procedure, long arg) {
  long stack[16], *top = stack;
  const short *code = procedure->code, *pc = code;
  unsigned long steps = 0;
  for (;;) {
    steps++;
    switch (*pc++) {
    case push:
      *top++ = *pc++;
      break;
    case argument:
      *top++ = arg;
      break;
    case add:
      top--, top[-1] += top[0];
      break;
    case subtract:
      top--, top[-1] -= top[0];
      break;
    case multiply:
      top--, top[-1] *= top[0];
      break;
    case less:
      top--, top[-1] = top[-1] < top[0];
      break;
    case jump_if_zero:
      pc = *--top ? pc + 1 : code + *pc;
      break;
    case call:
      top[-1] = run(&procedures[*pc++], top[-1]);
      break;
    case give_back:
      executed += steps;
      return top[-1];
    default:
      fprintf(stderr, "bad instruction in %s\n", procedure->name);
      exit(2);
    }
  }
}

int main(int argc, char** argv) {
  long n = argc > 1 ? atol(argv[1]) : 18;
  for (long i = 1; i <= 20; i++)
    printf("factorial(%ld) = %ld\n", i, run(&procedures[1], i));
  long value = run(&procedures[0], n);
  printf("fibonacci(%ld) = %ld after %lu instructions\n", n, value, executed);
  return value % 251;
}
