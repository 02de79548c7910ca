//===- constant_uses.h - Values in the place of constants ---------------------------------------------------------===//
//
// Some constants of a module (addresses of thread-local variables, of other functions' labels) are none for code that
// is compiled by itself; it has to ask for them.
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

/// Replaces each use of one of `constants` by an instruction of `function`, also within constant expressions, by what
/// `value` makes for it in front of the instruction that it is given. O(instructions).
void replace_constants(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> constants,
                       llvm::function_ref<llvm::Value*(llvm::Constant& constant, llvm::Instruction* before)> value);

} // namespace ajit
