// The library of library_exit_handlers.cpp.
#include <cstdio>
#include <cstdlib>

struct Open {
  Open() { std::puts("library begins"); }
  ~Open() { std::puts("library ends"); }
};
static Open open;

__attribute__((constructor)) static void loaded() {
  std::atexit([] { std::puts("the library's exit handler"); });
}
extern "C" void library_greets() { std::puts("hello"); }
