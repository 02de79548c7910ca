// Exit handlers and static destructors of a shared library run after the program's own.
#include <cstdio>
#include <cstdlib>

extern "C" void library_greets();

struct Object {
  const char* name;
  explicit Object(const char* name) : name(name) { std::printf("%s begins\n", name); }
  ~Object() { std::printf("%s ends\n", name); }
};
static Object global("program");

int main() {
  std::atexit([] { std::puts("the program's exit handler"); });
  library_greets();
}
