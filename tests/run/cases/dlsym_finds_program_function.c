// dlsym(RTLD_DEFAULT) sees the functions and data the program exports, and
// gives the same addresses as the program itself.
#include <dlfcn.h>
#include <stdio.h>

int exported_data = 42;
int exported_function(int x) { return x + exported_data; }

int main(void) {
  int* data = dlsym(RTLD_DEFAULT, "exported_data");
  int (*function)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "exported_function");
  printf("found: %d %d\n", data != NULL, function != NULL);
  if (data && function)
    printf("same: %d %d, called: %d\n", data == &exported_data, function == exported_function, function(*data));
  printf("printf: %d, nothing: %d\n", dlsym(RTLD_DEFAULT, "printf") != NULL,
         dlsym(RTLD_DEFAULT, "no_such_symbol_anywhere") != NULL);
}
