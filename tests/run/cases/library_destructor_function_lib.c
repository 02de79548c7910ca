// The library of library_destructor_function.c.
#include <stdio.h>

extern void program_says_goodbye(void);

void library_greets(void) { puts("hello"); }
__attribute__((destructor)) static void unloaded(void) { program_says_goodbye(); }
