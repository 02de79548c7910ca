// An exception leaves the initialiser of a static object: the C++ library calls the terminate handler.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

static const bool prepared = std::set_terminate([] {
                               std::puts("terminated");
                               std::fflush(stdout);
                               std::_Exit(21);
                             }) != nullptr;
struct Early {
  ~Early() { std::puts("destroyed, which is wrong"); }
} early;
static int fails() {
  if (prepared) throw std::runtime_error("too early");
  return 1;
}
static int value = fails();

int main() { std::printf("main ran with %d, which is wrong\n", value); }
