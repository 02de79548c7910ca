// A function that interposes on one of the C library's and calls the original: dlsym with RTLD_NEXT, whose result
// depends on the address of the caller.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int calls;

char* getenv(const char* name) {
  static char* (*next)(const char*);
  if (!next) next = (char* (*)(const char*))dlsym(RTLD_NEXT, "getenv");
  ++calls;
  return next ? next(name) : "no next definition";
}

int main(void) {
  setenv("AJIT_NEXT", "of the C library", 1);
  for (int i = 0; i < 20; ++i)
    if (strcmp(getenv("AJIT_NEXT"), "of the C library") != 0) return 1;
  printf("%d calls, %s\n", calls, getenv("AJIT_NEXT"));

  size_t (*length)(const char*) = (size_t (*)(const char*))dlvsym(RTLD_NEXT, "strlen", "GLIBC_2.2.5");
  printf("strlen of a version: %zu\n", length ? length("four") : 0);
  printf("none of that version: %d\n", dlvsym(RTLD_NEXT, "strlen", "NO_SUCH_1.0") == NULL);
  printf("none of that name: %d\n", dlsym(RTLD_NEXT, "no_such_function_anywhere") == NULL);
  printf("main is not next: %d\n", dlsym(RTLD_NEXT, "main") == NULL);
  printf("main is the default: %d\n", dlsym(RTLD_DEFAULT, "main") == (void*)main);
  return 0;
}
