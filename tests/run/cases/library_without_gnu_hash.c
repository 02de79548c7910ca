// A shared library with the hash table of the System V ABI instead of GNU's also sees the program's definitions first:
// of functions and variables that it defines, and of its undefined symbols.
#include <stdio.h>

extern int library_answer(int);
extern int library_total(void);
extern int library_protected(void);
extern int (*library_pointer(void))(int);

int replaced(int x) { return x * 100; } // the library has one that multiplies by 2
int verbosity = 3;                      // the library has one that is 9
int left_open(int x) { return x + 1; }  // the library only declares it
int kept_back(void) { return 77; }      // the library's is protected, so its calls reach its own

int main(void) {
  int sum = 0;
  for (int i = 0; i < 150; i++)
    sum += library_answer(i);
  verbosity += 4;
  printf("%d %d %d\n", sum, library_total(), library_protected() + kept_back());
  printf("%d %d\n", library_pointer() == replaced, library_pointer()(5));
}
