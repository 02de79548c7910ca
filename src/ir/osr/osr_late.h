//===- osr_late.h - Checks as the optimiser sees them -------------------------------------------------------------===//
//
// Above O0 a body goes through LLVM's pipeline between the insertion of its checks and code generation. What a check
// does in the end would stand in the pipeline's way there, though it is nearly never run:
//
//   - a relaxed atomic load counts as an access to all memory, so that no load could be moved out of a checked loop;
//   - a pointer that is stored for a continuation is known to others from then on, and with it what it points to: an
//     array from malloc might be what any pointer loaded from memory points into.
//
// So until the pipeline is done both are calls of functions that do not exist: one with no effect on memory that
// anybody knows of, and one that takes all that is transferred as arguments, of which it keeps no copy. Which is true:
// once a frame has been left, it does nothing more than to return.
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

/// The line whose first bytes are polled (poll_flags.h), declared in `unit`.
llvm::Constant* poll_line(llvm::Module& unit);

/// A value and its place in the buffer.
struct LateStore {
  llvm::Value* value;
  uint32_t offset;
};

/// Whether that byte of the line is set, an i1.
llvm::CallInst* create_late_poll(llvm::IRBuilder<>& builder, uint32_t byte);

/// Stores `stores` into a buffer of `buffer_bytes` and calls `next` with its address and `allocas`, in a body whose
/// result it returns; the caller adds the return.
llvm::CallInst* create_late_leave(llvm::IRBuilder<>& builder, llvm::Value& next, uint32_t buffer_bytes,
                                  llvm::ArrayRef<LateStore> stores, llvm::ArrayRef<llvm::Value*> allocas);

/// Puts what they stand for in the place of all that the two functions above made in `unit`. Goes between the pipeline
/// and the code generator, which knows neither; does nothing if there are none.
void lower_late_checks(llvm::Module& unit);

} // namespace ajit
