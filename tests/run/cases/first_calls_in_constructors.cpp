// First calls before main: from constructors, from threads that they start, and
// from function statics that several threads initialise.
#include <cstdio>
#include <thread>
#include <vector>

__attribute__((noinline)) static int slow(int x) { return x < 2 ? x : slow(x - 1) + slow(x - 2); }
static int& shared() {
  static int value = slow(12);
  return value;
}
struct Starter {
  int sum = 0;
  Starter() {
    std::vector<std::thread> threads;
    int results[4] = {};
    for (int i = 0; i < 4; i++)
      threads.emplace_back([&results, i] { results[i] = shared() + slow(i + 5); });
    for (auto& t : threads)
      t.join();
    for (int r : results)
      sum = sum * 10 + r;
  }
} starter;

int main() { std::printf("%d %d\n", starter.sum, shared()); }
