// A constructor throws half-way: the program destroys finished members, bases
// and array elements, and frees the memory.
#include <cstdio>
#include <memory>
#include <stdexcept>

static int made;
struct Part {
  int n = ++made;
  Part() {
    if (n % 5 == 0) throw std::runtime_error("part " + std::to_string(n));
  }
  ~Part() { std::printf("~%d ", n); }
};
struct Whole {
  Part a, b;
  Part rest[2];
};

int main() {
  for (int i = 0; i < 5; i++)
    try {
      auto whole = std::make_unique<Whole>();
      std::printf("whole ");
    } catch (const std::exception& e) {
      std::printf("caught %s\n", e.what());
    }
  std::puts("");
}
