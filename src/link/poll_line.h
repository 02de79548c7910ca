//===- poll_line.h - What checks of loops share with the runtime -------------------------------------------------===//
//
// A check reads the byte of its loop's depth, and if it is set calls the runtime by an ordinary C call:
//
//     cmpb $0, ajit!osr+depth-1(%rip); jne ask         ask: next = ajit!osr_request(&ajit!osr, &counter, place)
//
// The bytes are in the slab, within reach of a 32-bit displacement, at the start of a cache line. The rest of the line
// is rarely written: it names the runtime to ask, as a process may have several, and that runtime's call counters.
// `counter` is the function's, and its index is the FunctionId. `place` says which loop asks, and from which tier
// (runtime_symbols.h).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "poll_flags.h"
#include "runtime_entry.h"
#include "runtime_symbols.h"

#include <cstddef>
#include <cstdint>

namespace ajit {

/// Lives in the slab as long as the code that polls.
struct alignas(64) PollLine {
  PollFlags flags;
  RuntimeHandler* handler = nullptr;
  const std::atomic<int32_t>* counters = nullptr; ///< by FunctionId
};

static_assert(sizeof(PollLine) == 64 && offsetof(PollLine, flags) == 0 && offsetof(PollFlags, bytes) == 0 &&
              sizeof(std::atomic<uint8_t>) == 1 && std::atomic<uint8_t>::is_always_lock_free);

/// Returns the entry of a continuation to go on in, or null to stay in the loop. Preserves what a C call preserves, and
/// also errno, the floating-point environment and libstdc++'s state of std::call_once.
extern "C" void* ajit_osr_request(PollLine* line, const std::atomic<int32_t>* counter, uint32_t place) noexcept;

} // namespace ajit
