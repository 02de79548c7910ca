//===- function_traits.h - How a function may be instrumented and replaced ----------------------------------------===//
#pragma once

#include "body_facts.h"

#include <cstdint>
#include <llvm/ADT/SmallVector.h>
#include <string>

namespace llvm {
class Function;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

struct FrameReaders;

/// Facts about a canonical body that decide how it is instrumented and whether it changes tier.
struct FunctionTraits : BodyFacts {
  /// The function calls another that returns twice, such as setjmp.
  bool calls_returns_twice = false;
  /// Constant tables of label addresses that only this function reads. Each body gets its own copy.
  llvm::SmallVector<llvm::GlobalVariable*, 1> label_tables;
  /// Functions of the module that are called directly, each once, in order of first appearance.
  llvm::SmallVector<llvm::Function*> callees;
  /// Those of `callees` that every call of this function reaches, unless it is left by an exception or a longjmp.
  llvm::SmallVector<llvm::Function*> certain_callees;
};

/// Finds the traits of a canonical body, except `certain_callees`. O(body).
FunctionTraits function_traits(llvm::Function& function);

/// Whether a body of `function` asks for its return address or frame. O(body).
bool asks_for_its_frame(const llvm::Function& function);

/// Whether `function`, a canonical body, has a variable of which only the address matters: the function stores the
/// address and compares it with stored ones. Tcl's coroutines find out this way whether C frames lie between a
/// resumption and its yield. Looks at few uses of few allocas.
bool compares_stack_depths(const llvm::Function& function);

/// Whether any function of `module` may ask for its frame: two lookups by name.
bool may_ask_for_frames(const llvm::Module& module);

/// Whether some function asks for the frame or return address of a caller (`__builtin_return_address(1)`). This
/// concerns all functions of the module, as any of them may be that caller.
bool asks_for_callers_frames(const llvm::Module& module);

/// Whether `function` may call one that reads its return address. The address is in the code of `function`, and a
/// program may use it to identify the place of the call.
bool is_identified_by_return_address(const llvm::Function& function);

/// Makes asks_for_callers_frames() and is_identified_by_return_address() answer as `readers` says. `module` must not
/// have been normalised yet.
void note_frame_readers(llvm::Module& module, const FrameReaders& readers);

/// Whether `module` may walk the stack or ask for the function at an address: a few lookups by name.
bool may_walk_stacks(const llvm::Module& module);

/// Fills in `certain_callees`, which needs a post-dominator tree.
void find_certain_callees(llvm::Function& function, FunctionTraits& traits);

} // namespace ajit
