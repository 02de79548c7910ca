//===- function_traits.h - What may be done to a function ---------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/SmallVector.h>
#include <string>

namespace llvm {
class Function;
class GlobalVariable;
} // namespace llvm

namespace ajit {

/// Facts about a canonical body that decide how it is instrumented and whether it changes tier.
struct FunctionTraits {
  /// Why the function keeps its first body for good; empty if it may change tier.
  std::string pinned;
  /// A call can be made a second time with the same arguments by copying `stack_argument_bytes` of the caller's frame,
  /// so it can be timed from outside. False for variadic functions, callee-pop conventions and readers of their frame,
  /// and for makers of guaranteed tail calls: a chain of those may never return, and each timed call keeps a frame.
  bool timeable = true;
  /// An upper bound: reading more of the caller's frame than was passed does no harm.
  uint32_t stack_argument_bytes = 0;
  /// Calls something that returns twice, as setjmp.
  bool calls_returns_twice = false;
  /// Constant tables of label addresses that only this function reads: each body gets its own copy.
  llvm::SmallVector<llvm::GlobalVariable*, 1> label_tables;
  /// Functions of the module that are called directly, each once, in order of first appearance.
  llvm::SmallVector<llvm::Function*> callees;
  /// Those of `callees` that every call of this function reaches, unless it is left by an exception or a longjmp.
  llvm::SmallVector<llvm::Function*> certain_callees;
  uint32_t instructions = 0;
};

/// Reads a canonical body; all but `certain_callees`. O(body).
FunctionTraits function_traits(llvm::Function& function);

/// Fills in `certain_callees`, which takes a post-dominator tree.
void find_certain_callees(llvm::Function& function, FunctionTraits& traits);

} // namespace ajit
