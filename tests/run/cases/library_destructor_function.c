// A shared library's destructor functions run after all exit handlers, and may make first calls of the program's
// functions.
#include <stdio.h>
#include <stdlib.h>

extern void library_greets(void);

void program_says_goodbye(void) { printf("goodbye\n"); }
static void at_exit(void) { puts("exit handler"); }

int main(void) {
  atexit(at_exit);
  library_greets();
}
