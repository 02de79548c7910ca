// dl_iterate_phdr reports a first object, without a name, whose segments contain the program's variables, functions and
// constants. The program and libraries see the same. Garbage collectors find their roots there.
#include "executable_segments.h"

#include <stdio.h>
#include <stdlib.h>

extern int library_finds(const void* address);

static void* root; // in memory that is zero at first
static void* table[3] = {&root, table, 0};
static int function(int x) { return x + 1; }

int main(void) {
  root = malloc(100);
  int local = 0;
  for (int i = 0; i < 300; i++)
    local = function(local);
  const void* addresses[] = {&root, &table[1], (const void*)function, (const void*)main, "constant", &local, root};
  for (int i = 0; i < 7; i++)
    printf("%d %d\n", in_executable(addresses[i]), library_finds(addresses[i]));
}
