// Arguments reach the program unchanged: empty ones, ones that look like
// options of the runner, `--`, blanks, and bytes that are not valid text.
#include <stdio.h>

int main(int argc, char** argv) {
  printf("%d, null at the end: %d\n", argc, argv[argc] == NULL);
  for (int i = 1; i < argc; i++) {
    printf("[");
    for (unsigned char* p = (unsigned char*)argv[i]; *p; p++)
      *p < 127 ? printf("%c", *p) : printf("\\x%02x", *p);
    printf("]\n");
  }
  return argc;
}
