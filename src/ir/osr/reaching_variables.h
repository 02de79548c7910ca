//===- reaching_variables.h - Where the variables of a function are when a block begins ---------------------------===//
//
// Debug information says where a variable is from a place in the code on. A continuation begins behind most of these
// places, and without them a debugger would know none of the function's arguments and outer variables there.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>

namespace llvm {
class BasicBlock;
class DbgVariableRecord;
} // namespace llvm

namespace ajit {

/// For each variable of which all ways to `block` say the same: where it says so, a declaration or a value. Nothing of
/// variables in pieces, or with values made of several. In the order of the function.
/// O(blocks × variables) for a function with debug information.
llvm::SmallVector<llvm::DbgVariableRecord*> reaching_variables(llvm::BasicBlock& block);

} // namespace ajit
