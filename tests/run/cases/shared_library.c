// A shared library given with --load: its functions, its data, its
// constructors, and its calls back into the program.
#include <stdio.h>

extern int library_value;
extern int library_apply(int (*)(int), int);
extern int (*library_keep(int (*)(int)))(int);

__attribute__((noinline)) static int triple(int x) { return x * 3; }

int main(void) {
  printf("%d\n", library_value);
  library_value += 5;
  for (int i = 0; i < 5; i++)
    printf("%d\n", library_apply(triple, i));
  printf("%d\n", library_keep(triple) == triple);
}
