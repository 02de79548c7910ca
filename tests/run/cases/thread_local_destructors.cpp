// thread_local objects: each thread constructs them at first use and destroys
// them in reverse order at its end. Those of the main thread go before the static
// objects.
#include <cstdio>
#include <thread>

struct Noisy {
  const char* name;
  explicit Noisy(const char* n) : name(n) { std::printf("make %s\n", name); }
  ~Noisy() { std::printf("destroy %s\n", name); }
  int touch() { return ++touched; }
  int touched = 0;
};

static Noisy global("static");
thread_local Noisy first("first"), second("second");
static int use_local() {
  thread_local Noisy inner("inside a function");
  return inner.touch();
}

int main() {
  std::thread([] {
    std::printf("thread: %d\n", first.touch());
    for (int i = 0; i < 3; i++)
      std::printf("use %d\n", use_local());
  }).join();
  std::printf("main: %d %d %d\n", second.touch(), second.touch(), use_local());
}
