// Compiled with -fno-pic: absolute 32-bit addresses in code and data, direct
// calls and direct references to data of the C library.
#include <stdio.h>

static int values[4] = {1, 2, 3, 4};
static int* const pointers[] = {&values[3], &values[1]};
extern char** environ;
static const char* name(unsigned n) {
  switch (n % 6) {
  case 0:
    return "zero";
  case 1:
    return "one";
  case 2:
    return "two";
  case 3:
    return "three";
  case 4:
    return "four";
  default:
    return "many";
  }
}
__attribute__((noinline)) static int get(int i) { return values[i & 3] + *pointers[i & 1]; }

int main(void) {
  for (int i = 0; i < 6; i++)
    fprintf(stdout, "%d %s\n", get(i), name((unsigned)i));
  printf("%d\n", environ != NULL);
}
