// A throw that reaches a noexcept function calls the terminate handler. Here it
// is the program's own, and ends the program itself.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

static void inner(int x) {
  if (x > 2) throw std::logic_error("too much");
}
static int outer(int x) noexcept {
  inner(x);
  return x;
}

int main() {
  std::set_terminate([] {
    try {
      std::rethrow_exception(std::current_exception());
    } catch (std::exception& e) {
      std::printf("terminate: %s\n", e.what());
    }
    std::exit(12);
  });
  for (int i = 0;; i++)
    std::printf("%d\n", outer(i));
}
