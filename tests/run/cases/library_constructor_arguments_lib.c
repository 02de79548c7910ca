// The library of library_constructor_arguments.c.
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

static int count;
static char** values;
static int named;

__attribute__((constructor)) static void loaded(int argc, char** argv, char** envp) {
  count = argc;
  values = argv;
  named = envp && envp[0] && strcmp(argv[0], program_invocation_name) == 0;
}

int library_argument_count(void) { return count; }
const char* library_argument(int index) { return values[index]; }
const char* library_variable(void) { return named ? "yes" : "no"; }
