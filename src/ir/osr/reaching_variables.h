//===- reaching_variables.h - Where the variables of a function are at the start of a block -----------------------===//
//
// A debug record says where a variable is from one place in the code on. A continuation begins after most of these
// places. Without their records, a debugger would find none of the function's arguments and outer variables there.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>

namespace llvm {
class BasicBlock;
class DbgVariableRecord;
} // namespace llvm

namespace ajit {

/// The record, a declaration or a value, of each variable for which all paths to `block` agree on one. Omits variables
/// in fragments, and those whose value is made of several. In the order of the function. O(blocks × variables) for a
/// function with debug information.
llvm::SmallVector<llvm::DbgVariableRecord*> reaching_variables(llvm::BasicBlock& block);

} // namespace ajit
