// init_priority orders static objects; their destructors run in reverse order.
#include <cstdio>

struct Noisy {
  int n;
  explicit Noisy(int n) : n(n) { std::printf("make %d\n", n); }
  ~Noisy() { std::printf("destroy %d\n", n); }
};
Noisy plain(0);
__attribute__((init_priority(2000))) Noisy late(2000);
__attribute__((init_priority(200))) Noisy early(200);
template <int N> struct Registered {
  static Noisy object;
};
template <int N> Noisy Registered<N>::object(N);
template struct Registered<7>;

int main() { std::puts("main"); }
