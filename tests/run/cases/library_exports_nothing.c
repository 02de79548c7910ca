// A library without exports, whose hash table is thus empty, reaches the program through its undefined symbols.
#include <stdio.h>

static int calls;
void program_notes(const char* what) { printf("%s, call %d\n", what, ++calls); }

int main(void) { program_notes("main"); }
