//===- entry_counter.h - The call counter at the start of a body --------------------------------------------------===//
//
// Each body below the last tier begins with
//
//     subl $1, counter(%rip)      83 2d <rel32> 01
//     jle  tick(%rip)             0f 8e <rel32>
//
// attached as LLVM prologue data: bytes at the function's entry that contain two PC-relative constant expressions.
// `tick` is the second half of the function's stub. It enters the runtime, which refills the counter and dispatches the
// call again through the slot, so the code at `tick` works for every body of the function.
//
// The decrement is not atomic. Racing threads can lose counts; each of them still sees that the counter has run out.
//
// Rejected: IR (a load, a compare, a branch and a block more in every function for the code generator, and an obstacle
// before musttail, naked and variadic functions); counting in the stub (one more jump per call, which O3 would pay
// too).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringRef.h>

namespace llvm {
class Function;
}

namespace ajit {

/// Makes calls of `body` count down the counter of `function`, a symbol. `stub` is the declaration that stands for that
/// function's stub.
void insert_entry_counter(llvm::Function& body, llvm::Function& stub, llvm::StringRef function);

} // namespace ajit
