// The executable comes first in symbol lookup: a library's calls of a function that the program defines as well, its
// uses of such a variable, and its undefined symbols all reach the program's definitions.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int library_answer(int);
extern int library_total(void);
extern const char* library_asks(void);
extern int library_hidden(void);
extern int (*library_pointer(void))(int);

int replaced(int x) { return x * 100; }                                    // the library has one that multiplies by 2
int verbosity = 3;                                                         // the library has one that is 9
const char* left_open(int n) { return n > 2 ? "the program's" : "wrong"; } // the library only declares it
__attribute__((visibility("hidden"))) int inside(void) { return 77; }      // hidden: libraries have their own

int main(void) {
  int sum = 0;
  for (int i = 0; i < 150; i++)
    sum += library_answer(i);
  verbosity += 4;
  printf("%d %d %s %d\n", sum, library_total(), library_asks(), library_hidden() + inside());
  printf("%d %d\n", library_pointer() == replaced, library_pointer()(5));
}
