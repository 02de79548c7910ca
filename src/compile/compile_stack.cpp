#include "compile_stack.h"
#include "stack_floor.h"
#include "thread_annotations.h"

#include <csignal>
#include <cstddef>
#include <exception>
#include <sys/mman.h>
#include <utility>
#include <vector>

// compile_stack_x86_64.S: calls `run(argument)` on the stack that ends at `top`.
extern "C" void ajit_call_on_stack(void* top, void (*run)(void*), void* argument);

namespace ajit {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

/// A stack lies above its guard page, and that above the alternate stack for faults on it, an overflow among them.
constexpr std::size_t stack_bytes = std::size_t{16} << 20;
constexpr std::size_t large_stack_bytes = std::size_t{512} << 20;
constexpr std::size_t guard_bytes = std::size_t{4} << 10;
constexpr std::size_t alternate_bytes = std::size_t{64} << 10;

/// Stacks that no compile is on, each by its end. Never destroyed: threads may compile while the process exits.
struct Pool {
  Mutex mutex;
  std::vector<void*> idle AJIT_GUARDED_BY(mutex);
};

Pool& pool() {
  static auto* instance = new Pool();
  return *instance;
}

thread_local bool on_pooled_stack = false;

/// A stack of `bytes`, by its end. Null if the system has no address space for it.
void* make_stack(std::size_t bytes) {
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  mprotect(static_cast<std::byte*>(memory) + alternate_bytes, guard_bytes, PROT_NONE);
  return static_cast<std::byte*>(memory) + bytes;
}

void* take_stack() {
  {
    Pool& stacks = pool();
    MutexLock lock(stacks.mutex);
    if (!stacks.idle.empty()) {
      void* top = stacks.idle.back();
      stacks.idle.pop_back();
      return top;
    }
  }
  return make_stack(stack_bytes);
}

void give_back(void* top) {
  Pool& stacks = pool();
  MutexLock lock(stacks.mutex);
  stacks.idle.push_back(top);
}

/// While it lives, signals with SA_ONSTACK come on the alternate stack of the pooled stack that the thread is on. The
/// kernel refuses the change to a thread that is on its alternate stack, so this must live on the pooled one.
class AlternateStackScope {
public:
  AlternateStackScope(void* top, std::size_t bytes) {
    stack_t ours{};
    ours.ss_sp = static_cast<std::byte*>(top) - bytes;
    ours.ss_size = alternate_bytes;
    sigaltstack(&ours, &before_);
  }
  ~AlternateStackScope() { sigaltstack(&before_, nullptr); }
  AlternateStackScope(const AlternateStackScope&) = delete;
  AlternateStackScope& operator=(const AlternateStackScope&) = delete;

private:
  stack_t before_{};
};

struct Call {
  void* top; ///< of the stack
  std::size_t bytes;
  llvm::function_ref<void()> work;
  std::exception_ptr thrown; ///< by the work
};

void run_call(void* argument) {
  auto& call = *static_cast<Call*>(argument);
  AlternateStackScope alternate(call.top, call.bytes);
  try {
    call.work();
  } catch (...) {
    call.thrown = std::current_exception();
  }
}

} // namespace

namespace {

/// On the stack that ends at `top`; what the work throws goes on.
void run_on(void* top, std::size_t bytes, llvm::function_ref<void()> work, llvm::function_ref<void()> give_up_stack) {
  Call call{top, bytes, work, nullptr};
  const bool outer = std::exchange(on_pooled_stack, true);
  const uintptr_t lowest = reinterpret_cast<uintptr_t>(top) - bytes + alternate_bytes + guard_bytes;
  const uintptr_t outer_floor = std::exchange(stack_floor, lowest + heap_stack_bytes);
  ajit_call_on_stack(top, &run_call, &call);
  stack_floor = outer_floor;
  on_pooled_stack = outer;
  give_up_stack();
  if (call.thrown) std::rethrow_exception(call.thrown);
}

} // namespace

void run_on_compile_stack(llvm::function_ref<void()> work) {
  // Sanitizers have to be told of each switch of stacks, and their threads' stacks are large.
  void* top = sanitized || on_pooled_stack ? nullptr : take_stack();
  if (!top) return work();
  run_on(top, stack_bytes, work, [&] { give_back(top); });
}

void run_on_large_stack(llvm::function_ref<void()> work) {
  void* top = sanitized ? nullptr : make_stack(large_stack_bytes);
  if (!top) return run_on_compile_stack(work);
  run_on(top, large_stack_bytes, work,
         [&] { munmap(static_cast<std::byte*>(top) - large_stack_bytes, large_stack_bytes); });
}

} // namespace ajit
