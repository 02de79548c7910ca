// stdout and stderr are the C library's objects (copy relocations natively):
// the program and the library must use the same objects.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char __dso_handle;
static void* volatile handle = &__dso_handle;
FILE** const address_of_stdout = &stdout;

int main(void) {
  FILE* original = stdout;
  fprintf(stderr, "to standard error\n");
  fprintf(*address_of_stdout, "%d\n", handle != NULL);
  fflush(stdout);
  stdout = fopen("written.txt", "w");
  printf("this goes to the file\n");
  fclose(stdout);
  stdout = original;
  puts("and this does not");
  fflush(stdout);
  if (write(1, "last\n", 5) != 5) abort();
  return fclose(stdin);
}
