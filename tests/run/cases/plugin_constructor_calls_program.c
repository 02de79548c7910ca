// A plug-in registers itself while it is loaded: its constructor calls functions of the program that have not run yet,
// reads and writes a variable, and meets the program's definition of a function that both have.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

char names[8][64];
int count;

int replaced(int x) { return x * 100; } // the plug-in has one that multiplies by 2

int host_register(const char* name, int value) {
  snprintf(names[count], sizeof names[count], "%s %d", name, replaced(value));
  return ++count;
}

int main(int argc, char** argv) {
  const char* path = argc > 1 ? argv[1] : "";
  void* plugin = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!plugin) return puts("no plug-in"), 1;
  if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) != plugin) return puts("another plug-in"), 1;
  host_register("main", 5);
  for (int i = 0; i < count; i++)
    puts(names[i]);
  printf("%d\n", count);
}
