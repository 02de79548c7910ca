//===- warm_up.h - Makes a compiler ready before it is needed -----------------------------------------------------===//
//
// The first compile of a process at a tier takes some 3 ms longer than the next: the target machine, its subtarget and
// the code generator's passes are set up (0.6 ms), the back-end sorts its tables of instructions that can be unfolded
// (0.6 ms), the thread's heap grows page by page (1 ms, more where page faults are slow), and a megabyte of LLVM's code
// is touched for the first time. A loop that is going to be compiled has its first tick two milliseconds before it is
// due, and the compile thread has nothing to do then: time for the first three, which take 1.5 ms when done at once.
//
// Rejected: compiling a small function, which would touch the code as well. Be it ever so small, that takes longer than
// there is time, and the loop's own compile waits for the end of whatever is under way.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace ajit {

class LlvmCompiler;

/// Makes `compiler`, and the calling thread, ready for compiles at `tier`, and stops soon after `is_over()` becomes
/// true. The rest of the process profits as well.
void warm_up(LlvmCompiler& compiler, Tier tier, llvm::function_ref<bool()> is_over);

} // namespace ajit
