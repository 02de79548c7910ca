// A pointer to member uses the low bit of the address to tell virtual from
// plain, so every function address must be even.
#include <cstdint>
#include <cstdio>

struct Base {
  int n = 1;
  int plain(int x) { return n + x; }
  int plain2(int x) { return n - x; }
  virtual int dynamic(int x) { return n * x; }
  virtual ~Base() = default;
};
struct Left {
  int padding = 9;
  virtual ~Left() = default;
};
struct Derived : Left, Base {
  int dynamic(int x) override { return n * x + 1000 + padding; }
};

int main() {
  using Pointer = int (Base::*)(int);
  Pointer pointers[] = {&Base::plain, &Base::dynamic, &Base::plain2};
  int (Derived::*adjusted)(int) = &Derived::plain;
  Derived derived;
  Base base;
  for (int i = 0; i < 6; i++)
    std::printf("%d %d %d\n", (base.*pointers[i % 3])(i), (derived.*pointers[i % 3])(i), (derived.*adjusted)(i));
  std::printf("%d %d\n", pointers[0] == &Base::plain, pointers[0] == pointers[2]);
}
