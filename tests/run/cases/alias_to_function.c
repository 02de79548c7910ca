// Aliases of functions behave like the function: called, compared, in data, weak.
#include <stdio.h>

int original(int x) { return x * 2 + 1; }
int second_name(int) __attribute__((alias("original")));
int weak_name(int) __attribute__((weak, alias("original")));
static int (*const table[])(int) = {original, second_name, weak_name};

int main(void) {
  int sum = 0;
  for (int i = 0; i < 12; i++)
    sum = sum * 3 + table[i % 3](i) + second_name(i) - weak_name(i + 1);
  int (*volatile a)(int) = original, (*volatile b)(int) = second_name;
  printf("%d, same: %d %d %d\n", sum, a == b, a == table[2], table[0] == table[1]);
}
