// Static objects: built before main in order, function statics at first use,
// all destroyed in reverse of the order in which they were completed, mixed
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
