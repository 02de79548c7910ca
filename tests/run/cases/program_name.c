// The C library's messages begin with the name of the program instead of the runner's.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char* __progname;
static int in_constructor;
__attribute__((constructor)) static void look(int argc, char** argv) {
  in_constructor = strcmp(program_invocation_name, argv[0]) == 0;
}

int main(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  const char* name = slash ? slash + 1 : argv[0];
  printf("full %d, short %d, BSD's %d\n", strcmp(program_invocation_name, argv[0]) == 0,
         strcmp(program_invocation_short_name, name) == 0, strcmp(__progname, name) == 0);
  printf("in a constructor %d\n", in_constructor);

  int ends[2];
  if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) return 2;
  warnx("a message");
  char text[1000] = "";
  if (read(ends[0], text, sizeof text - 1) <= 0) return 3;
  printf("warnx says so %d\n",
         strncmp(text, name, strlen(name)) == 0 && strcmp(text + strlen(name), ": a message\n") == 0);
  return 0;
}
