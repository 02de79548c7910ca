// C++20 coroutines with frames on the heap: callers resume them through pointers
// to the resume parts, and exceptions leave them.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <utility>

struct Generator {
  struct promise_type {
    int value = 0;
    std::exception_ptr error;
    Generator get_return_object() { return Generator{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int v) noexcept { return value = v, std::suspend_always{}; }
    void return_void() {}
    void unhandled_exception() { error = std::current_exception(); }
  };
  std::coroutine_handle<promise_type> handle;
  explicit Generator(std::coroutine_handle<promise_type> h) : handle(h) {}
  Generator(Generator&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Generator() {
    if (handle) handle.destroy();
  }
  bool next() {
    handle.resume();
    if (handle.promise().error) std::rethrow_exception(handle.promise().error);
    return !handle.done();
  }
  int value() const { return handle.promise().value; }
};

static Generator fibonacci(int limit) {
  for (int a = 0, b = 1; a < limit; b += std::exchange(a, b))
    co_yield a;
  if (limit > 500) throw limit;
}

int main() {
  for (int limit : {10, 100, 1000})
    try {
      long sum = 0;
      for (Generator g = fibonacci(limit); g.next();)
        sum += g.value();
      std::printf("%ld\n", sum);
    } catch (int error) {
      std::printf("error %d\n", error);
    }
}
