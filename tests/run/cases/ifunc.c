// An ifunc: the resolver chooses the implementation once, before any call; its
// address is one address, and the choice is final.
#include <stdio.h>

static int choice = 2;
static int first(int x) { return x + 1; }
static int second(int x) { return x * 10; }
static int (*resolve(void))(int) { return choice == 2 ? second : first; }
int chosen(int) __attribute__((ifunc("resolve")));
int (*const in_data)(int) = chosen;

int main(void) {
  int sum = 0;
  for (int i = 0; i < 10; i++) {
    sum += chosen(i) + in_data(1);
    choice = 1;
  }
  int (*volatile here)(int) = chosen;
  printf("%d %d\n", sum, here == in_data);
}
