//===- warm_up.h - Makes a compiler ready before it is needed -----------------------------------------------------===//
//
// The first compile of a process at a tier takes some 3 ms longer than the next. LLVM sets up the target machine, its
// subtarget and the code generator's passes (0.6 ms). The back-end sorts its tables of instructions that can be
// unfolded (0.6 ms). The thread's heap grows page by page (1 ms, more where page faults are slow). A megabyte of LLVM's
// code is touched for the first time. A loop has its first tick two milliseconds before its compile is due, and the
// compile thread is idle until then. That leaves time for the first three, which take 1.5 ms together.
//
// Rejected: compiling a small function, which would touch the code as well. It takes longer than those two
// milliseconds, and the loop's own compile would have to wait for it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

namespace llvm {
class TargetMachine;
}

namespace ajit {

/// Prepares the process and the calling thread's heap for compiles by `machine` of functions with `features`, and stops
/// soon after `is_over()` becomes true.
void warm_up_process(const llvm::TargetMachine& machine, llvm::StringRef features, llvm::function_ref<bool()> is_over);

} // namespace ajit
