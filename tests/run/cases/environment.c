// getenv, setenv, environ and main's third parameter use the same environment:
// the runner's.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char** environ;
static int count(char** list, const char* name) {
  int found = 0;
  for (; *list; list++)
    found += strncmp(*list, name, strlen(name)) == 0;
  return found;
}

int main(int argc, char** argv, char** envp) {
  (void)argc, (void)argv;
  printf("%s %d %d\n", getenv("AJIT_TEST_VARIABLE"), count(envp, "AJIT_TEST_VARIABLE=a value"), envp == environ);
  setenv("ADDED", "here", 1);
  unsetenv("AJIT_TEST_VARIABLE");
  printf("%s %d %d\n", getenv("ADDED"), count(environ, "ADDED="), getenv("AJIT_TEST_VARIABLE") != NULL);
  fflush(stdout);
  return system("echo $ADDED from the shell");
}
