// Blocks (as Objective-C and C have them on other systems): closures with captured and __block variables, copied to
// the heap and called through pointers.
#include <Block.h>
#include <stdio.h>
#include <stdlib.h>

typedef int (^Operation)(int);

static Operation adder(int n) {
  return Block_copy(^(int x) {
    return x + n;
  });
}
static Operation compose(Operation f, Operation g) {
  return Block_copy(^(int x) {
    return f(g(x));
  });
}
static int apply(int times, int x, Operation f) {
  for (int i = 0; i < times; i++)
    x = f(x);
  return x;
}

int main(void) {
  Operation three = adder(3), four = adder(4), both = compose(three, four);
  __block int calls = 0;
  Operation counted = Block_copy(^(int x) {
    calls++;
    return both(x) % 1000;
  });
  printf("%d %d %d\n", three(1), both(1), apply(200, 5, counted));
  __block Operation factorial = Block_copy(^(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
  });
  printf("%d calls, %d\n", calls, factorial(10));
  int (^literal)(const char*) = ^(const char* text) {
    return printf("%s\n", text);
  };
  printf("%d\n", literal("a block without captures"));
  Block_release(counted);
  Block_release(both);
  return calls % 100;
}
