// Threads: four workers run the same functions while these change tier.
//
// All of them cross the thresholds at about the same time and keep calling
// through the same stubs. An atomic counter hands out the work, a mutex guards
// the sum, and the sum does not depend on which thread did what.
// argv[1] is the number of work items: 2,000 by default, some 30,000,000 for
// seconds at O3.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

static std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30, x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27, x *= 0x94d049bb133111eb;
  return x ^ x >> 31;
}

static unsigned collatz_steps(std::uint64_t n) {
  unsigned steps = 0;
  for (; n != 1; steps++)
    n = n % 2 ? 3 * n + 1 : n / 2;
  return steps;
}

struct Board {
  std::mutex mutex;
  std::condition_variable all_done;
  unsigned finished = 0;
  std::uint64_t sum = 0;
  unsigned longest = 0;
};

static void work(std::atomic<unsigned>& next, unsigned items, Board& board) {
  std::uint64_t sum = 0;
  unsigned longest = 0;
  for (unsigned item; (item = next.fetch_add(1)) < items;) {
    unsigned steps = collatz_steps(mix(item) % 100000 + 1);
    sum += mix(steps + item);
    longest = steps > longest ? steps : longest;
  }
  std::lock_guard lock(board.mutex);
  board.sum += sum;
  board.longest = longest > board.longest ? longest : board.longest;
  board.finished++;
  board.all_done.notify_one();
}

int main(int argc, char** argv) {
  unsigned items = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2000;
  std::atomic<unsigned> next{0};
  Board board;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; i++)
    workers.emplace_back(work, std::ref(next), items, std::ref(board));
  {
    std::unique_lock lock(board.mutex);
    board.all_done.wait(lock, [&] { return board.finished == 4; });
  }
  for (auto& worker : workers)
    worker.join();
  std::printf("%u items, sum %llu, longest %u\n", items, static_cast<unsigned long long>(board.sum), board.longest);
  return static_cast<int>(board.sum % 251);
}
