// exit() from deep recursion, through a callback of the C library: destructors
// of static objects run, those of automatic ones do not. The status is exit's.
#include <cstdio>
#include <cstdlib>

struct Noisy {
  const char* name;
  ~Noisy() { std::printf("destroyed %s\n", name); }
};
static Noisy global{"static"};

static int leave(const void*, const void*) {
  std::puts("leaving");
  std::exit(17);
}
static int deeper(int depth) {
  Noisy automatic{"automatic, which is wrong"};
  int values[2] = {2, 1};
  if (depth == 0) {
    std::qsort(values, 2, sizeof(int), leave);
    return 1;
  }
  return deeper(depth - 1) + values[0];
}

int main() { return deeper(50); }
