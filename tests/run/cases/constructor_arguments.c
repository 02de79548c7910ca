// glibc passes argc, argv and the environment to constructors; many programs
// rely on it.
#include <stdio.h>
#include <string.h>

static int seen_argc;
static const char* seen_last;
__attribute__((constructor)) static void look(int argc, char** argv, char** envp) {
  seen_argc = argc;
  seen_last = argv[argc - 1];
  printf("environment: %d\n", envp != NULL && envp[0] != NULL);
}

int main(int argc, char** argv) {
  printf("%d %d %s\n", argc == seen_argc, argc, seen_last);
  return strcmp(argv[argc - 1], seen_last);
}
