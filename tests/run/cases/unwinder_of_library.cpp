// A library brings its own unwinder, as LLVM's C++ library does with libunwind.so. Natively the whole process uses that
// one. Under ajit-run the libraries bind to the runner's, and the program's cleanups must do the same: one unwinder
// cannot continue an unwinding that another has begun.
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
