// Threads throw through the same functions while these change tier. Frames of any tier may be between a throw and its
// handler, and every cleanup runs once.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

struct Guard {
  std::atomic<long>& count;
  ~Guard() { count++; }
};
static std::atomic<long> cleanups, entered;

template <int N> __attribute__((noinline)) static int down(int depth) {
  Guard guard{cleanups};
  entered++;
  if (depth == 0) throw N;
  try {
    return down<(N + 1) % 8>(depth - 1) + 1;
  } catch (int& n) {
    n += depth;
    throw;
  }
}

int main() {
  std::vector<std::thread> threads;
  std::atomic<long> sum{0};
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3000; i++)
        try {
          down<0>((i + t) % 12);
        } catch (int n) {
          sum += n;
        }
    });
  for (std::thread& thread : threads)
    thread.join();
  std::printf("%ld, %d\n", sum.load(), cleanups == entered);
}
