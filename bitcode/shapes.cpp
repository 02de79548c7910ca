// Virtual calls: a heterogeneous collection walked again and again.
//
// Every call goes through a vtable: through function addresses in constant
// data, which the engine writes before it compiles any function. Calls through
// them must still reach the newest code. argv[1] is the number of walks over
// 300 shapes: 100 by default, some 1,500,000 for seconds at O3.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

struct Shape {
  virtual ~Shape() = default;
  virtual long area() const = 0;
  virtual long corners() const { return 4; }
  virtual void grow(long by) = 0;
};

struct Rectangle : Shape {
  long width, height;
  Rectangle(long w, long h) : width(w), height(h) {}
  long area() const override { return width * height; }
  void grow(long by) override { width += by, height += by; }
};

struct Square final : Rectangle {
  explicit Square(long side) : Rectangle(side, side) {}
  void grow(long by) override { width = height = (width + by) % 1000; }
};

struct Triangle final : Shape {
  long base, height;
  Triangle(long b, long h) : base(b), height(h) {}
  long area() const override { return base * height / 2; }
  long corners() const override { return 3; }
  void grow(long by) override { base = (base * 3 + by) % 5000; }
};

int main(int argc, char** argv) {
  long walks = argc > 1 ? std::atol(argv[1]) : 100;
  std::vector<std::unique_ptr<Shape>> shapes;
  for (long i = 0; i < 100; i++) {
    shapes.push_back(std::make_unique<Rectangle>(i, i + 1));
    shapes.push_back(std::make_unique<Square>(i));
    shapes.push_back(std::make_unique<Triangle>(i + 2, i));
  }
  unsigned long area = 0, corners = 0;
  for (long walk = 0; walk < walks; walk++)
    for (auto& shape : shapes) {
      area += shape->area();
      corners += shape->corners();
      shape->grow(walk % 3);
    }
  std::printf("%ld walks: area %lu, corners %lu\n", walks, area, corners);
  return static_cast<int>(area % 251);
}
