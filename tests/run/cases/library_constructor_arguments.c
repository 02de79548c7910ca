// A shared library's constructors get the program's arguments. From the first constructor on, error messages begin with
// the program's name.
#include <stdio.h>

extern int library_argument_count(void);
extern const char* library_argument(int index);
extern const char* library_variable(void);

int main(int argc, char** argv) {
  printf("%d here, %d in the library\n", argc, library_argument_count());
  for (int i = 1; i <= argc; i++)
    printf("%s\n", library_argument(i) ? library_argument(i) : "the end");
  printf("the same array: %d\n", library_argument(0) == argv[0]);
  printf("named in time: %s\n", library_variable());
}
