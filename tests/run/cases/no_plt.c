// Compiled with -fno-plt: calls to the C library go through the GOT directly.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static size_t shout(const char* text) {
  char* copy = strdup(text);
  for (char* p = copy; *p; p++)
    *p -= *p >= 'a' && *p <= 'z' ? 32 : 0;
  size_t n = strlen(copy);
  puts(copy);
  free(copy);
  return n;
}

int main(void) {
  size_t n = 0;
  for (int i = 0; i < 4; i++)
    n += shout("through the table");
  return (int)n;
}
