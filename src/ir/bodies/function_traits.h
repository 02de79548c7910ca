//===- function_traits.h - What may be done to a function ---------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/SmallVector.h>
#include <string>

namespace llvm {
class Function;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

/// Facts about a canonical body that decide how it is instrumented and whether it changes tier.
struct FunctionTraits {
  /// Why the function keeps its first body for good; empty if it may change tier.
  std::string pinned;
  /// A call can be made a second time with the same arguments by copying `stack_argument_bytes` of the caller's frame,
  /// so it can be timed from outside. False for variadic functions, callee-pop conventions, readers of their frame or
  /// of their callers', and for makers of guaranteed tail calls: a chain of those may never return, and each timed call
  /// keeps a frame.
  bool timeable = true;
  /// An upper bound: reading more of the caller's frame than was passed does no harm.
  uint32_t stack_argument_bytes = 0;
  /// Recognises by its own place in the stack whether it was called from the same frame before. Pinned then; and that
  /// frame is not to be left for a continuation, whosever it is.
  bool compares_stack_depths = false;
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

/// Whether a body of `function` asks for its return address or frame. O(body).
bool asks_for_its_frame(const llvm::Function& function);

/// Whether `function`, a canonical body, has a variable of which nothing but the address matters: it is stored
/// somewhere, and compared with what was. Tcl's coroutines see that way whether C frames lie between a resumption and
/// its yield. Few uses of few allocas are looked at.
bool compares_stack_depths(const llvm::Function& function);

/// Whether any function of `module` may ask for its frame: two lookups by name.
bool may_ask_for_frames(const llvm::Module& module);

/// Whether one asks for the frame or return address of a caller (`__builtin_return_address(1)`): that concerns all
/// functions of the module, as any may be that caller. ModuleCopy knows, and notes it with the second function.
bool asks_for_callers_frames(const llvm::Module& module);
void note_that_it_asks_for_callers_frames(llvm::Module& module);

/// Fills in `certain_callees`, which takes a post-dominator tree.
void find_certain_callees(llvm::Function& function, FunctionTraits& traits);

} // namespace ajit
