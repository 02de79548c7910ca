// Switches that the optimiser turns into tables in constant data: tables of
// strings (relative lookup tables at -O2), of values, of jumps.
#include <stdio.h>

__attribute__((noinline)) static const char* name(int n) {
  switch (n) {
  case 0:
    return "nought";
  case 1:
    return "one";
  case 2:
    return "two";
  case 3:
    return "three";
  case 4:
    return "four";
  case 5:
    return "five";
  case 6:
    return "six";
  default:
    return "many";
  }
}
__attribute__((noinline)) static int act(int n, int x) {
  switch (n) {
  case 0:
    return x + printf("+");
  case 1:
    return x * 3;
  case 2:
    return x - 7;
  case 3:
    return printf("%d", x);
  case 4:
    return x ^ 0x55;
  case 5:
    return puts(name(x % 9));
  default:
    return -x;
  }
}
__attribute__((noinline)) static int value(int n) {
  static const int values[] = {7, 1, 8, 2, 9};
  switch (n) {
  case 10:
    return 3;
  case 11:
    return 19;
  case 12:
    return 4;
  case 13:
    return 1005;
  case 14:
    return -6;
  default:
    return values[n % 5];
  }
}

int main(void) {
  for (int i = 0; i < 9; i++)
    printf(" %s %d %d\n", name(i), act(i % 7, i), value(i + 8));
}
