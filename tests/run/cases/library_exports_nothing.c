// A library that exports nothing, so that its hash table is empty, reaches the program through what it leaves open.
#include <stdio.h>

static int calls;
void program_notes(const char* what) { printf("%s, call %d\n", what, ++calls); }

int main(void) { program_notes("main"); }
