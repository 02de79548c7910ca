// Ordinary C++ as bitcode of an older LLVM, with typed pointers and many casts between them.
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Animal {
  virtual ~Animal() = default;
  virtual std::string name() const = 0;
};
struct Dog : Animal {
  std::string name() const override { return "dog"; }
};
struct Cat : Animal {
  int lives = 9;
  std::string name() const override { return "cat " + std::to_string(lives); }
};
static void (*table[2])(int);
static int seen;
static void even(int x) { seen += x; }
static void odd(int x) {
  if (x > 90) throw std::out_of_range("odd " + std::to_string(x));
  seen -= x;
}
static thread_local int local = 4;

int main() {
  table[0] = even;
  table[1] = odd;
  std::map<std::string, std::vector<int>> by_name;
  Dog dog;
  Cat cat;
  Animal* animals[] = {&dog, &cat};
  int errors = 0;
  for (int i = 0; i < 120; i++) {
    by_name[animals[i % 2]->name()].push_back(i);
    if (i % 2) cat.lives = i % 9;
    try {
      table[i % 2](i);
    } catch (std::exception& e) {
      errors += e.what()[0] == 'o';
    }
    local += i;
  }
  for (auto& [name, numbers] : by_name)
    std::printf("%s %zu\n", name.c_str(), numbers.size());
  std::printf("%d %d %d\n", seen, errors, local);
}
