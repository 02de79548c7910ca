#include "runtime_entry.h"
#include "label_owner.h"
#include "poll_line.h"

#include <array>
#include <cerrno>
#include <cfenv>
#include <cpuid.h>
#include <cstddef>
#include <mutex>
#include <xmmintrin.h>

namespace ajit {

// Read by the assembly.
extern "C" {
uint64_t ajit_xsave_mask;
uint64_t ajit_xsave_bytes;
}

namespace {

// The assembly reads a Dispatch by these offsets.
static_assert(offsetof(Dispatch, target) == 0 && offsetof(Dispatch, timed) == 8 &&
              offsetof(Dispatch, stack_argument_bytes) == 16 && offsetof(Dispatch, tag) == 24);

/// The state components that can hold arguments or results: x87, SSE, AVX, and AVX-512's masks and upper halves.
constexpr uint64_t argument_components = 0xe7;
constexpr uint64_t vector_components = argument_components & ~uint64_t{1};

uint64_t enabled_components() {
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
}

} // namespace

void prepare_runtime_entry() {
  constexpr uint64_t legacy_area_and_header = 576;
  uint64_t mask = enabled_components() & argument_components;
  uint64_t bytes = legacy_area_and_header;
  for (unsigned component = 2; component < 8; ++component) {
    if (!(mask >> component & 1)) continue;
    uint32_t size = 0, offset = 0, unused = 0, more = 0;
    __cpuid_count(0xd, component, size, offset, unused, more);
    if (offset + size > bytes) bytes = offset + size;
  }
  ajit_xsave_mask = mask;
  ajit_xsave_bytes = (bytes + 63) & ~uint64_t{63};
}

void clear_vector_registers() {
  // xrstor gives components that its area's header does not name their initial state.
  alignas(64) std::array<uint32_t, 144> area{};
  area[6] = _mm_getcsr(); // the one thing that it always loads
  asm volatile("xrstor64 %0"
               :
               : "m"(area), "a"(vector_components), "d"(0)
               : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                 "xmm12", "xmm13", "xmm14", "xmm15");
}

namespace {

/// Hides from the program what the runtime does to the state of its thread. A first call or a tick may come anywhere:
///   - between a system call and the program's look at errno;
///   - inside std::call_once: libstdc++ keeps its callable in thread-local variables, which ajit's own calls overwrite;
///   - under a rounding mode, or with traps enabled, for which LLVM's own arithmetic was not written (SseStateScope
///     below, and the assembly).
class ThreadStateScope {
public:
  ThreadStateScope() = default;
  ~ThreadStateScope() {
    std::__once_call = once_call_;
    std::__once_callable = once_callable_;
    errno = errno_;
  }
  ThreadStateScope(const ThreadStateScope&) = delete;
  ThreadStateScope& operator=(const ThreadStateScope&) = delete;

private:
  const int errno_ = errno;
  void* const once_callable_ = std::__once_callable;
  void (*const once_call_)() = std::__once_call;
};

/// The same for the floating-point environment, where no assembly restores it. Checks of loops do hardly any
/// arithmetic, so they need only SSE's state, which takes a dozen cycles to save and restore. x87's takes a hundred; a
/// thread that compiles saves it (jit/host_arithmetic.h).
class SseStateScope {
public:
  SseStateScope() { _mm_setcsr(default_state); }
  ~SseStateScope() { _mm_setcsr(before_); }
  SseStateScope(const SseStateScope&) = delete;
  SseStateScope& operator=(const SseStateScope&) = delete;

private:
  static constexpr unsigned default_state = 0x1f80; // round to nearest, no traps
  const unsigned before_ = _mm_getcsr();
};

} // namespace

extern "C" void* ajit_osr_request(PollLine* line, const std::atomic<int32_t>* counter, uint32_t place) noexcept {
  ThreadStateScope thread;
  SseStateScope arithmetic;
  const FunctionId function{static_cast<uint32_t>(counter - line->counters)};
  const auto [loop, tier] = decode_osr_place(place);
  void* continuation = line->handler->check_loop(function, loop, tier);
  if (continuation) clear_vector_registers();
  return continuation;
}

extern "C" void* ajit_label(LabelOwner* owner, uint32_t index) noexcept {
  void* const* labels = owner->labels.load(std::memory_order_acquire);
  if (!labels) {
    ThreadStateScope thread;
    labels = owner->handler->labels_of(owner->function);
    owner->labels.store(labels, std::memory_order_release);
  }
  return labels[index];
}

// Called by the assembly, which restores the floating-point environment.
extern "C" void ajit_dispatch(RuntimeHandler* handler, uint32_t function, Dispatch* result) {
  ThreadStateScope scope;
  std::fesetenv(FE_DFL_ENV);
  *result = handler->enter(FunctionId{function});
}

extern "C" void ajit_report(RuntimeHandler* handler, uint32_t function, uint64_t tag, uint64_t cycles) {
  ThreadStateScope scope;
  std::fesetenv(FE_DFL_ENV);
  handler->report(FunctionId{function}, tag, cycles);
}

} // namespace ajit
