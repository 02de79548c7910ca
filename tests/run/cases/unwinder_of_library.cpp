// A library brings an unwinder along, as LLVM's C++ library does with libunwind.so. Natively that one is found first by
// everybody. Here the libraries are bound to the runner's, and so must the program's cleanups be: one unwinder cannot
// go on with what another has begun.
#include <cstdio>
#include <stdexcept>
#include <string>

extern "C" int library_is_loaded();

struct Noted {
  const char* name;
  ~Noted() { std::printf("%s is destroyed\n", name); }
};

[[gnu::noinline]] static void thrower(int i) {
  Noted noted{"local"};
  if (i > 1) throw std::runtime_error("thrown for " + std::to_string(i));
}

int main() {
  std::printf("%d\n", library_is_loaded());
  for (int i = 0; i < 5; ++i) {
    try {
      Noted noted{"caller's"};
      thrower(i);
    } catch (const std::exception& error) {
      std::puts(error.what());
    }
  }
}
