// std::call_once keeps the callable in thread_local variables of libstdc++,
// which the module refers to directly. A callable that throws is tried again.
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

static std::once_flag once, retried;
static int made, attempts;

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; i++)
    threads.emplace_back([] { std::call_once(once, [] { made++; }); });
  for (auto& t : threads)
    t.join();
  for (int i = 0; i < 5; i++)
    try {
      std::call_once(
          retried,
          [](int limit) {
            if (++attempts < limit) throw attempts;
          },
          3);
    } catch (int attempt) {
      std::printf("attempt %d failed\n", attempt);
    }
  std::printf("made %d, attempts %d\n", made, attempts);
}
