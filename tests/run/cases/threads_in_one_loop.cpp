// Threads run one loop at the same time; some leave it by an exception.
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

static std::atomic<int> waiting{4};

static unsigned long run(unsigned long x, long rounds, long last) {
  waiting--;
  while (waiting > 0) {
  }
  for (long i = 0; i < rounds; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    if (i == last) throw std::runtime_error("left in round " + std::to_string(i));
  }
  return x;
}

int main() {
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&results, t] {
      std::string& result = results[t];
      try {
        result = std::to_string(run(t + 1, 8000000 + t, t % 2 ? 7000000 + t : -1));
      } catch (const std::runtime_error& error) {
        result = error.what();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& result : results)
    std::puts(result.c_str());
}
