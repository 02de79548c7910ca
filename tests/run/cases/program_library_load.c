// dlopen, dlsym and dlclose, called by the program, work as they do natively.
#include <dlfcn.h>
#include <stdio.h>

int main(void) {
  void* library = dlopen("libm.so.6", RTLD_NOW);
  double (*cosine)(double) = (double (*)(double))dlsym(library, "cos");
  printf("%d %.6f\n", library != NULL, cosine ? cosine(1.0) : -1.0);
  printf("%d %d\n", dlsym(library, "no_such_function") != NULL, dlclose(library));
  printf("%d\n", dlopen("/no/such/library.so", RTLD_NOW) != NULL);
}
