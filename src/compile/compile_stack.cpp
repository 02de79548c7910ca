#include "compile_stack.h"
#include "thread_annotations.h"

#include <cstddef>
#include <exception>
#include <sys/mman.h>
#include <unistd.h>
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

constexpr std::size_t stack_bytes = std::size_t{16} << 20;

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

/// Null if the system has no address space for it.
void* make_stack() {
  void* memory = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mprotect(memory, page, PROT_NONE);
  return static_cast<std::byte*>(memory) + stack_bytes;
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
  return make_stack();
}

void give_back(void* top) {
  Pool& stacks = pool();
  MutexLock lock(stacks.mutex);
  stacks.idle.push_back(top);
}

struct Call {
  llvm::function_ref<void()> work;
  std::exception_ptr thrown; ///< by the work
};

void run_call(void* argument) {
  auto& call = *static_cast<Call*>(argument);
  try {
    call.work();
  } catch (...) {
    call.thrown = std::current_exception();
  }
}

} // namespace

void run_on_compile_stack(llvm::function_ref<void()> work) {
  // Sanitizers have to be told of each switch of stacks, and their threads' stacks are large.
  void* top = sanitized || on_pooled_stack ? nullptr : take_stack();
  if (!top) return work();
  Call call{work, nullptr};
  on_pooled_stack = true;
  ajit_call_on_stack(top, &run_call, &call);
  on_pooled_stack = false;
  give_back(top);
  if (call.thrown) std::rethrow_exception(call.thrown);
}

} // namespace ajit
