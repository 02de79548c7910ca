//===- osr_late.h - Checks as the optimiser sees them -------------------------------------------------------------===//
//
// Above O0, a body goes through LLVM's pipeline between the insertion of its checks and code generation. The final code
// of a check would hamper the pipeline, although it almost never runs:
//
//   - A relaxed atomic load counts as an access to all memory, so LLVM could not move any load out of a checked loop.
//   - Storing a pointer for a continuation makes what it points to escape. An array from malloc might then be what any
//     pointer loaded from memory points into.
//
// So until the pipeline is done, both are calls of placeholder functions. One has no effect on memory that other code
// knows of. The other takes all that is transferred as arguments and captures none of them. That is true: once a frame
// has been left, all it does is return.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/IR/IRBuilder.h>

namespace llvm {
class CallInst;
class Constant;
class Module;
class Value;
} // namespace llvm

namespace ajit {

/// Declares in `unit` the cache line whose first bytes are polled (poll_flags.h).
llvm::Constant* poll_line(llvm::Module& unit);

/// A value and its place in the buffer.
struct LateStore {
  llvm::Value* value;
  uint32_t offset;
};

/// Creates an i1: whether `byte` of that line is set.
llvm::CallInst* create_late_poll(llvm::IRBuilder<>& builder, uint32_t byte);

/// Creates a call that stores `stores` into a buffer of `buffer_bytes` and calls `next` with the buffer's address and
/// `allocas`. The call's result is that of the body; the caller adds the return.
llvm::CallInst* create_late_leave(llvm::IRBuilder<>& builder, llvm::Value& next, uint32_t buffer_bytes,
                                  llvm::ArrayRef<LateStore> stores, llvm::ArrayRef<llvm::Value*> allocas);

/// Replaces all calls that the two functions above made in `unit` by the code that they stand for. Call this after the
/// pipeline and before the code generator, which knows neither placeholder. Does nothing if there are no such calls.
void lower_late_checks(llvm::Module& unit);

} // namespace ajit
