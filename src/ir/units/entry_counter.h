//===- entry_counter.h - The call counter at the start of a body --------------------------------------------------===//
//
// Each body below the last tier begins with
//
//     subl $1, counter(%rip)      83 2d <rel32> 01
//     jle  tick(%rip)             0f 8e <rel32>
//
// attached as LLVM prologue data: bytes at the function's entry with two PC-relative constant expressions in them. The
// alternatives were IR (a load, a compare, a branch and a block more in every function for the code generator to work
// on, and an obstacle before musttail, naked and variadic functions), and counting in the stub (one more jump per call,
// and O3 would pay too). `tick` is the second half of the function's stub: it enters the runtime, which refills the
// counter and dispatches the call again through the slot, so the code at `tick` need not know which body it came from.
//
// The decrement is not atomic: racing threads can lose counts, but none can miss that the counter has run out.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

namespace llvm {
class Function;
}

namespace ajit {

/// The symbol of the array of 32-bit counters, one per FunctionId.
inline constexpr const char* counters_symbol = "__ajit_counters";

/// Bytes from a stub's start to its entry into the runtime (link/stub_table.h).
inline constexpr unsigned stub_tick_offset = 6;

/// Makes calls of `body` count down the counter of `id`. `stub` is the declaration that stands for the function's stub.
void insert_entry_counter(llvm::Function& body, llvm::Function& stub, FunctionId id);

} // namespace ajit
