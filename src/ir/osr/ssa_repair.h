//===- ssa_repair.h - Uses find the right one of several definitions ----------------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>

namespace llvm {
class DominatorTree;
class Instruction;
} // namespace llvm

namespace ajit {

/// Makes every use of one of `definitions` in a block that `dominators` knows as reachable see the definition that
/// reaches it, with phis where several do. `definitions` are those of one variable, at most one in a block and each
/// used by the others' successors as if it were the only one. A use that the definition it names still dominates is
/// left alone, so that definition must not be overwritten on the way there. Unreachable blocks must have no reachable
/// successors. O(uses and blocks between).
void repair_uses(llvm::ArrayRef<llvm::Instruction*> definitions, const llvm::DominatorTree& dominators);

} // namespace ajit
