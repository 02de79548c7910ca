// The constructor of a library that the program is linked with calls the program, which calls the library back, before
// the program's own constructors run. The library uses a variable of the program, too.
#include <stdio.h>

extern int library_level(int);
int level = 7;
static int calls;

int program_level(int x) {
  calls++;
  return library_level(x) + level;
}

__attribute__((constructor)) static void begin(void) { printf("program begins, level %d, %d calls\n", level, calls); }

int main(void) {
  int sum = 0;
  for (int i = 0; i < 50; i++)
    sum += program_level(i);
  printf("%d %d\n", sum, level);
}
