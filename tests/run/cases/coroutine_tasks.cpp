// Coroutines that await one another: symmetric transfer (a chain of any depth on one stack frame), results and
// exceptions through awaits, frames destroyed while suspended, resumption on other threads.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

static int frames;
template <typename T> struct Task {
  struct promise_type {
    std::optional<T> value;
    std::exception_ptr error;
    std::coroutine_handle<> waiting = std::noop_coroutine();
    promise_type() { frames++; }
    ~promise_type() { frames--; }
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        return h.promise().waiting; // a tail call in every tier
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_value(T v) { value = std::move(v); }
    void unhandled_exception() { error = std::current_exception(); }
  };
  std::coroutine_handle<promise_type> handle;
  explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
  Task(Task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Task() {
    if (handle) handle.destroy();
  }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) {
    handle.promise().waiting = h;
    return handle;
  }
  T await_resume() {
    if (handle.promise().error) std::rethrow_exception(handle.promise().error);
    return *handle.promise().value;
  }
};
struct OnThread {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    std::thread([h] { h.resume(); }).join();
  }
  void await_resume() {}
};

static Task<int> leaf(int n) {
  if (n % 10 == 9) throw std::runtime_error("leaf");
  if (n % 7 == 3) co_await OnThread();
  co_return n;
}
static Task<long> sum(int n) {
  long total = 0;
  for (int i = 0; i < n; i++)
    try {
      total += co_await leaf(i);
    } catch (const std::runtime_error&) {
      total += 1000;
    }
  co_return total;
}
static Task<int> deep(int n) { // O0 code must not grow the stack either
  for (int i = 0; i < n; i++)
    co_await leaf(0);
  co_return n;
}
static Task<long> root() {
  long total = 0;
  for (int i = 0; i < 12; i++)
    total += co_await sum(i * 3);
  Task<long> never = sum(5); // destroyed unstarted
  co_return total + co_await deep(100000);
}

int main() {
  {
    Task<long> task = root();
    task.handle.resume();
    std::printf("%ld\n", task.await_resume());
    Task<int> failing = leaf(19);
    failing.handle.resume();
    try {
      failing.await_resume();
    } catch (const std::exception& e) {
      std::printf("%s, %d frames\n", e.what(), frames);
    }
  }
  std::printf("%d frames\n", frames);
}
