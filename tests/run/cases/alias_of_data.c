// Aliases of variables: one object, several names, one of them weak.
#include <stdio.h>

int counter = 5;
extern int same_counter __attribute__((alias("counter")));
extern int weak_counter __attribute__((weak, alias("counter")));
int* const where = &same_counter;

__attribute__((noinline)) static void bump(int* p) { ++*p; }

int main(void) {
  for (int i = 0; i < 4; i++) {
    bump(&same_counter);
    bump(&weak_counter);
    bump(where);
  }
  printf("%d %d %d %d\n", counter, same_counter, weak_counter, where == &counter);
}
