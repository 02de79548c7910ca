// Static objects are constructed in order before main, function statics at
// first use. The program destroys all in reverse order of completion, interleaved
// with atexit handlers.
#include <cstdio>
#include <cstdlib>

struct Noisy {
  const char* name;
  explicit Noisy(const char* n) : name(n) { std::printf("+%s\n", name); }
  ~Noisy() { std::printf("-%s\n", name); }
};
static Noisy a("a"), b("b");
static Noisy& lazy() {
  static Noisy c("lazy c");
  return c;
}
struct Holder {
  Noisy member{"member"};
  Holder() { lazy(); }
};
static Holder holder;

int main() {
  std::atexit([] { std::puts("atexit from main"); });
  static Noisy local("local of main");
  lazy();
  std::puts("main ends");
}
