//===- runtime_entry.h - From generated code into the runtime and back --------------------------------------------===//
//
// A function's stub leads here on its first call, and whenever its call counter has run out. The caller knows nothing
// of it: it made an ordinary call of an unknown convention, so every register that can hold an argument is preserved,
// in the processor's own xsave format, wide vectors and mask registers included. (ORC's re-entry resolver saves the
// fxsave state only, and a first call with __m256 arguments arrives corrupted.)
//
// The runtime answers where to go on, and whether the call is to be timed. A timed call is made from here, in a frame
// of its own with the caller's stack arguments copied, and the cycles between call and return are reported; its result
// registers are preserved the same way. Exceptions and backtraces pass through both frames: they have unwind
// information. No code is generated for timing, and calls that are not sampled pay nothing for it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <cstdint>

namespace ajit {

/// What to do with a call that came into the runtime. The assembly reads it: keep in step with runtime_entry_x86_64.S.
struct Dispatch {
  void* target = nullptr;            ///< a body
  uint64_t timed = 0;                ///< nonzero: time the call and report it
  uint64_t stack_argument_bytes = 0; ///< of a timed call; a multiple of 16
  uint64_t tag = 0;                  ///< of a timed call; handed to report
};

/// What the runtime does for generated code. Called on the program's threads; no function throws.
class RuntimeHandler {
public:
  virtual ~RuntimeHandler() = default;
  virtual Dispatch enter(FunctionId function) noexcept = 0;
  virtual void report(FunctionId function, uint64_t tag, uint64_t cycles) noexcept = 0;
  /// A check of loop number `loop` found the poll byte set (poll_line.h): where to go on, or null.
  virtual void* check_loop(FunctionId function, uint32_t loop, Tier tier) noexcept = 0;
  /// The addresses of the labels of `function`, which gets its body if it has none yet (label_owner.h).
  virtual void* const* labels_of(FunctionId function) noexcept = 0;
};

/// The assembly entry that stubs reach, with the function's index and the handler on the stack. Its signature is its
/// own.
extern "C" void ajit_runtime_entry();

/// Measures the processor's register state; to be called once before any stub is.
void prepare_runtime_entry();

} // namespace ajit
