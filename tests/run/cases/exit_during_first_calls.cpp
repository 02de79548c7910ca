// main returns while other threads make one first call after another: handlers and destructors run with the code
// mapped, and the process ends.
#include <atomic>
#include <cstdio>
#include <thread>
#include <utility>

static std::atomic<int> started, made;
struct Last {
  ~Last() { std::puts("destroyed last"); }
} last;
template <int N> __attribute__((noinline)) static int leaf(int x) { return made++, x * N + 1; }
template <int... N> static void call_all(int x, std::integer_sequence<int, N...>) { ((x = leaf<N>(x) % 1009), ...); }

int main() {
  for (int t = 0; t < 6; t++)
    std::thread([] {
      started++;
      for (int i = 0;; i++)
        call_all(i, std::make_integer_sequence<int, 150>());
    }).detach();
  while (started < 6 || made < 20)
    std::this_thread::yield();
  std::puts("leaving");
  return 8;
}
