// A library calls the program, and the program's data holds addresses of the library: neither can be complete before
// the other.
#include <stdio.h>

extern int library_first(int), library_second(int);
extern int library_value;
static int (*const table[])(int) = {library_first, library_second};
static int* const place = &library_value;

int program_scale(int x) { return x * 3; }

int main(void) {
  int sum = 0;
  for (int i = 0; i < 40; i++)
    sum += table[i % 2](i);
  printf("%d %d\n", sum, *place);
}
