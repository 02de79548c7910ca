// Ends while threads make first calls, cross thresholds, throw and allocate, and while compile threads are busy. The
// first argument says how it ends; the second is the seed for when it ends.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

static std::atomic<unsigned> calls, handled;
static std::mutex mutex;
static std::vector<std::string>& log_lines() {
  static auto* lines = new std::vector<std::string>(); // never destroyed: threads use it until the process ends
  return *lines;
}
struct Last {
  ~Last() { handled += 1; }
} last;

template <int N> __attribute__((noinline)) static int leaf(int x) {
  if (x % 97 == N % 97) throw N;
  calls.fetch_add(1, std::memory_order_relaxed);
  return x * 31 + N;
}
template <int N> __attribute__((noinline)) static int middle(int x) {
  try {
    return leaf<N>(x);
  } catch (int n) {
    std::lock_guard lock(mutex);
    log_lines().push_back(std::to_string(n));
    if (log_lines().size() > 100) log_lines().clear();
    return n;
  }
}
template <int... N> static void call_all(int seed, std::integer_sequence<int, N...>) {
  for (int x = seed;;)
    ((x = (middle<N>(x) & 0xffff)), ...);
}
static void at_exit() { handled += 10; }
static void on_signal(int) { exit(17); }

int main(int argc, char** argv) {
  std::string how = argc > 1 ? argv[1] : "return";
  unsigned seed = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1;
  std::atexit(at_exit);
  std::signal(SIGUSR1, on_signal);
  for (unsigned t = 0; t < 4; t++)
    std::thread([=] { call_all(static_cast<int>(seed + t), std::make_integer_sequence<int, 60>()); }).detach();
  std::this_thread::sleep_for(std::chrono::microseconds(seed * 7919 % 20000));
  if (how == "exit") std::exit(17);
  if (how == "thread") std::thread([] { std::exit(17); }).join();
  if (how == "signal") kill(getpid(), SIGUSR1), pause();
  if (how == "quick") std::quick_exit(17);
  if (how == "_exit") _exit(17);
  if (how == "pthread_exit") { // the last thread ends the process
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::exit(17);
    }).detach();
    pthread_exit(nullptr);
  }
  return 17;
}
