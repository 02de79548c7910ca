// A library opens a plug-in on behalf of the program, as interpreters open extension modules. The plug-in uses
// definitions of the program.
#include <stdio.h>

extern int open_plugin(const char* path);
int shared = 4;
int program_twice(int x) { return x * 2; }

int main(int argc, char** argv) {
  int result = open_plugin(argc > 1 ? argv[1] : "");
  printf("%d %d\n", result, shared);
}
