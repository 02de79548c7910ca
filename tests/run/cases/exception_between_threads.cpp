// exception_ptr and futures carry an exception from the thread that threw it to
// another. The exception keeps its type, and its destructor runs.
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <thread>

static int alive;
struct Payload {
  int n;
  explicit Payload(int n) : n(n) { alive++; }
  Payload(const Payload& o) : n(o.n) { alive++; }
  ~Payload() { alive--; }
};

int main() {
  for (int i = 0; i < 4; i++) {
    std::exception_ptr error;
    std::thread([&] {
      try {
        throw Payload(i);
      } catch (...) {
        error = std::current_exception();
      }
    }).join();
    try {
      std::rethrow_exception(error);
    } catch (const Payload& p) {
      std::printf("payload %d, alive %d\n", p.n, alive);
    }
  }
  auto future = std::async(std::launch::async, []() -> int { throw std::range_error("from a task"); });
  try {
    future.get();
  } catch (const std::range_error& e) {
    std::printf("%s, alive %d\n", e.what(), alive);
  }
}
