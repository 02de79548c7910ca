// `--argv0` sets the program's name, in all the places where a program can read it.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  (void)argc;
  const char* slash = strrchr(argv[0], '/');
  const char* name = slash ? slash + 1 : argv[0];
  printf("%.*s\n", (int)strcspn(name, "."), name);
  printf("%d %d\n", strcmp(argv[0], program_invocation_name), strcmp(name, program_invocation_short_name));
}
