//===- runtime_entry.h - From generated code into the runtime and back --------------------------------------------===//
//
// A function's stub leads here on its first call, and whenever its call counter has run out. The caller made an
// ordinary call of a convention that is unknown here. So the entry preserves every register that can hold an argument,
// in the processor's own xsave format, wide vectors and mask registers included. (ORC's re-entry resolver saves the
// fxsave state only, and a first call with __m256 arguments arrives corrupted.)
//
// The runtime answers where to go on, and whether to time the call. The entry makes a timed call itself, in a frame of
// its own with a copy of the caller's stack arguments, and reports the cycles between call and return. It preserves the
// result registers the same way. Exceptions and backtraces pass through both frames, which have unwind information. No
// code is generated for timing, and calls that are not sampled pay nothing for it.
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
  /// The addresses of the labels of `function`. Makes its first body if there is none yet (label_owner.h).
  virtual void* const* labels_of(FunctionId function) noexcept = 0;
};

/// The assembly entry that stubs reach, with the function's index and the handler on the stack. It is not a C function.
extern "C" void ajit_runtime_entry();

/// Measures the processor's register state. Call it before the first call of any stub.
void prepare_runtime_entry();

/// Zeroes the vector and mask registers, as they are when a process starts. Compilers treat the upper lanes of narrow
/// vectors as free to compute with, so what earlier work left there costs time: an operation on denormals can take a
/// hundred cycles.
void clear_vector_registers();

} // namespace ajit
