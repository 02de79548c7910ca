// A library in C raises foreign exceptions: only catch (...) catches them, destructors run, and a rethrow passes them
// on. Frames of the library have cleanups of their own.
#include <cstdio>

extern "C" void raise_foreign();
extern "C" void call_with_cleanup(void (*function)(int), int argument);
extern "C" int foreign_deleted();
extern "C" int foreign_passed();

static int cleanups;
struct Guard {
  ~Guard() { cleanups++; }
};
static void pass(int depth) {
  Guard guard;
  try {
    if (depth == 0) raise_foreign();
    if (depth == 3)
      call_with_cleanup(pass, depth - 1);
    else
      pass(depth - 1);
  } catch (int) {
    std::puts("caught as int, which is wrong");
  } catch (...) {
    Guard another;
    throw;
  }
}
static void throws(int n) {
  Guard guard;
  if (n % 2) throw n;
}

int main() {
  int caught = 0, numbers = 0;
  for (int i = 0; i < 120; i++)
    try {
      pass(i % 5);
    } catch (...) {
      caught++;
    }
  for (int i = 0; i < 50; i++)
    try {
      call_with_cleanup(throws, i);
    } catch (int n) {
      numbers += n;
    }
  std::printf("%d caught, %d deleted, %d cleanups, %d numbers, %d through the library\n", caught, foreign_deleted(),
              cleanups, numbers, foreign_passed());
}
