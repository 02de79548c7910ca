// main as an ordinary function: called recursively, with its address taken.
#include <cstdio>
#include <cstdlib>

#pragma clang diagnostic ignored "-Wmain"
int main(int argc, char** argv) {
  int (*self)(int, char**) = main;
  if (argc >= 10) return argc;
  std::printf("%d\n", argc);
  return self(argc + 3, argv) + 1;
}
