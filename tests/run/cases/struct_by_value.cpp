// byval arguments and sret results of odd sizes, whose copies must be distinct;
// non-trivial classes passed by address; results passed on as arguments.
#include <cstdio>
#include <cstring>

template <int N> struct Bytes {
  unsigned char data[N];
};
template <int N> __attribute__((noinline)) Bytes<N> next(Bytes<N> b) {
  for (int i = 0; i < N; i++)
    b.data[i] = static_cast<unsigned char>(b.data[i] + i + 1);
  return b;
}
template <int N> unsigned digest() {
  Bytes<N> b;
  std::memset(&b, N, sizeof b);
  Bytes<N> kept = b;
  for (int i = 0; i < 5; i++)
    b = next(next(b));
  unsigned sum = 0;
  for (int i = 0; i < N; i++)
    sum = sum * 31 + b.data[i] + kept.data[i];
  return sum;
}
struct Counted {
  static inline int copies = 0;
  int n;
  explicit Counted(int n) : n(n) {}
  Counted(const Counted& o) : n(o.n + 1) { copies++; }
};
__attribute__((noinline)) static Counted pass(Counted c) { return c; }

int main() {
  std::printf("%u %u %u %u\n", digest<1>(), digest<3>(), digest<7>(), digest<8>());
  std::printf("%u %u %u %u\n", digest<9>(), digest<16>(), digest<17>(), digest<4000>());
  Counted c = pass(pass(Counted(1)));
  std::printf("%d %d\n", c.n, Counted::copies);
}
