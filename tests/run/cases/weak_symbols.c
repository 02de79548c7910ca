// Weak definitions, weak undefined references that stay null, and a weak
// reference to something the C library does define.
#include <stdio.h>

__attribute__((weak)) int weak_function(int x) { return x + 1; }
__attribute__((weak)) int weak_data = 5;
extern int not_there(int) __attribute__((weak));
extern int not_there_data __attribute__((weak));
extern int puts(const char*) __attribute__((weak));
static int (*const table[])(int) = {weak_function, not_there};

int main(void) {
  for (int i = 0; i < 4; i++)
    printf("%d %d %d %d\n", weak_function(i), weak_data, not_there ? 1 : 0, table[1] ? 1 : 0);
  printf("%d\n", &not_there_data ? 1 : 0);
  if (puts) puts("puts is there");
}
