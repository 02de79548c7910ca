// An uncaught exception: terminate, a message from the C++ library, and death by
// SIGABRT. Destructors of static objects do not run.
#include <cstdio>
#include <stdexcept>

struct Noisy {
  ~Noisy() { std::puts("destroyed, which is wrong"), std::fflush(stdout); }
} global;
static void fail(int depth) {
  if (depth == 0) throw std::runtime_error("nobody catches this");
  fail(depth - 1);
}

int main() {
  std::puts("about to fail");
  std::fflush(stdout);
  fail(3);
}
