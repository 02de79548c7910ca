//===- constant_uses.h - Replaces constants by values computed at run time ----------------------------------------===//
//
// Some constants of a module are not constant for code that is compiled on its own: addresses of thread-local
// variables, and of labels of other functions. Such code has to compute them at run time.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>

namespace llvm {
class Constant;
class Function;
class Instruction;
class Value;
} // namespace llvm

namespace ajit {

/// Replaces each use of one of `constants` in `function`, including uses inside constant expressions. `value` creates
/// the replacement in front of the instruction that it is given. O(instructions).
void replace_constants(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> constants,
                       llvm::function_ref<llvm::Value*(llvm::Constant& constant, llvm::Instruction* before)> value);

} // namespace ajit
