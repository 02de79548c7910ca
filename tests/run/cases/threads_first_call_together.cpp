// 64 threads make the first call of the same functions at the same moment: the
// engine compiles each function once, and all threads get the right answer.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

static std::atomic<int> waiting;
static std::atomic<bool> go;
template <int N> __attribute__((noinline)) static int leaf(int x) { return x * N + 1; }
template <int N> __attribute__((noinline)) static int chain(int x) {
  if constexpr (N == 0)
    return x;
  else
    return chain<N - 1>(leaf<N>(x) % 10007);
}

int main() {
  std::vector<int> results(64);
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; i++)
    threads.emplace_back([&, i] {
      waiting++;
      while (!go)
        std::this_thread::yield();
      for (int k = 0; k < 4; k++)
        results[i] = results[i] * 3 + chain<30>(k);
    });
  while (waiting < 64)
    std::this_thread::yield();
  go = true;
  for (auto& t : threads)
    t.join();
  int same = 0;
  for (int r : results)
    same += r == results[0];
  std::printf("%d %d\n", same, results[0]);
}
