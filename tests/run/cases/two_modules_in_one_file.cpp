// With -fsplit-lto-unit a file holds two modules: the virtual tables are in a module of their own, so that the linker
// sees them all.
#include <cstdio>

struct [[gnu::visibility("hidden")]] Shape {
  virtual ~Shape() { std::puts("gone"); }
  virtual int area(int side) const = 0;
};

struct [[gnu::visibility("hidden")]] Square : Shape{int area(int side) const override{return side * side;
}
}
;

struct [[gnu::visibility("hidden")]] Triangle : Shape{int area(int side) const override{return side * side / 2;
}
}
;

[[gnu::noinline]] static int sum(const Shape& shape, int sides) {
  int result = 0;
  for (int side = 0; side < sides; side++)
    result += shape.area(side);
  return result;
}

int main(int argc, char**) {
  Shape* shapes[] = {new Square, new Triangle};
  for (int i = 0; i < 10; i++)
    std::printf("%d\n", sum(*shapes[(i + argc) % 2], i * 10));
  for (Shape* shape : shapes)
    delete shape;
}
