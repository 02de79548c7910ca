//===- poll_line.h - What checks of loops share with the runtime -------------------------------------------------===//
//
// A check reads one byte, and if it is set calls the runtime by an ordinary C call:
//
//     cmpb $0, __ajit_osr(%rip); jne ask       ask: next = __ajit_osr_request(&__ajit_osr, place)
//
// The byte is in the slab, within reach of a 32-bit displacement, at the start of a cache line that holds nothing else
// which is written while programs run. The line also says whose runtime it is: there may be several in a process.
//
// `place` is function << 32 | loop << 8 | tier of the asking code.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "runtime_entry.h"

#include <atomic>
#include <cstdint>

namespace ajit {

/// Lives in the slab as long as code that polls.
struct alignas(64) PollLine {
  /// Nonzero: ask. A hint, so relaxed on both sides; nothing is published through it.
  std::atomic<uint8_t> poll{0};
  RuntimeHandler* handler = nullptr;
};

static_assert(sizeof(PollLine) == 64 && std::atomic<uint8_t>::is_always_lock_free);

/// The request: the entry of a continuation to go on in, or null to stay in the loop. Preserves what a C call does, and
/// beyond that errno, the floating-point environment and libstdc++'s state of std::call_once.
extern "C" void* ajit_osr_request(PollLine* line, uint64_t place) noexcept;

} // namespace ajit
