// exit() inside the constructor of a static object: main never runs, and exit
// destroys the objects constructed so far.
#include <cstdio>
#include <cstdlib>

struct First {
  First() { std::puts("first made"); }
  ~First() { std::puts("first destroyed"); }
} first;
struct Second {
  Second() {
    std::puts("second leaves");
    std::exit(5);
  }
  ~Second() { std::puts("second destroyed, which is wrong"); }
} second;

int main() { std::puts("main runs, which is wrong"); }
