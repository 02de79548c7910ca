// For the debugger tests: methods, an exception, threads; see calls.c.
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace geometry {
struct Shape {
  virtual ~Shape() = default;
  virtual int area(int scale) const = 0;
};
struct Square : Shape {
  explicit Square(int length) : side(length) {}
  int area(int scale) const override;
  int side;
};
int checked(int value);
} // namespace geometry

int counter = 40;

int measure(const geometry::Shape& shape, int scale) {
  try {
    return shape.area(scale); // calls area
  } catch (const std::exception& error) {
    std::puts(error.what());
    return 0;
  }
}

int main() {
  geometry::Square square(3);
  int total = 0;
  for (int scale = 1; scale != 8; ++scale)
    total += measure(square, scale);
  std::thread first([&] { measure(square, 2); });
  first.join();
  std::thread second([&] { measure(square, 3); });
  second.join();
  std::printf("%d %d\n", total, counter);
}

__attribute__((noinline)) int geometry::Square::area(int scale) const {
  ++counter;                               // first line of area
  return checked(side * side * scale) + 1; // calls checked
}

__attribute__((noinline)) int geometry::checked(int value) {
  if (value > 60) throw std::runtime_error("too large"); // throws
  return value;
}
