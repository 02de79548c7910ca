// The library of library_exports_nothing.c.
#include <stdlib.h>

extern void program_notes(const char* what);

static void at_the_end(void) { program_notes("the library's exit handler"); }
__attribute__((constructor)) static void start(void) { atexit(at_the_end); }
