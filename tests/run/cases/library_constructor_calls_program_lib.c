// The library of library_constructor_calls_program.c.
#include <stdio.h>

extern int level;
extern int program_level(int);

int library_level(int x) { return x * 2; }

__attribute__((constructor)) static void begin(void) {
  level++;
  printf("library begins, level %d\n", program_level(5));
  fflush(stdout);
}
