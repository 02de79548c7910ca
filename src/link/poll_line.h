//===- poll_line.h - What checks of loops share with the runtime -------------------------------------------------===//
//
// A check reads the byte of its loop's depth, and if it is set calls the runtime by an ordinary C call:
//
//     cmpb $0, __ajit_osr+depth-1(%rip); jne ask       ask: next = __ajit_osr_request(&__ajit_osr, place)
//
// The bytes are in the slab, within reach of a 32-bit displacement, at the start of a cache line that holds nothing
// else which is often written. The line also says whose runtime it is: there may be several in a process.
//
// `place` is function << 32 | loop << 8 | tier of the asking code.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "poll_flags.h"
#include "runtime_entry.h"

#include <cstddef>
#include <cstdint>

namespace ajit {

/// Lives in the slab as long as code that polls.
struct alignas(64) PollLine {
  PollFlags flags;
  RuntimeHandler* handler = nullptr;
};

static_assert(sizeof(PollLine) == 64 && offsetof(PollLine, flags) == 0 && offsetof(PollFlags, bytes) == 0 &&
              sizeof(std::atomic<uint8_t>) == 1 && std::atomic<uint8_t>::is_always_lock_free);

/// The request: the entry of a continuation to go on in, or null to stay in the loop. Preserves what a C call does, and
/// beyond that errno, the floating-point environment and libstdc++'s state of std::call_once.
extern "C" void* ajit_osr_request(PollLine* line, uint64_t place) noexcept;

} // namespace ajit
