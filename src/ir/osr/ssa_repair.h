//===- ssa_repair.h - Connects uses to the right one of several definitions ---------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>

namespace llvm {
class DominatorTree;
class Instruction;
} // namespace llvm

namespace ajit {

/// Makes every use of one of `definitions` see the definition that reaches it, with phis where several do. Changes only
/// uses in blocks that `dominators` knows as reachable.
///
/// `definitions` are those of one variable, at most one in a block. A use may name a definition other than the one that
/// reaches it. A use that its definition dominates is left alone, so no other definition may lie between the two.
/// Unreachable blocks must have no reachable successors. O(uses and blocks between).
void repair_uses(llvm::ArrayRef<llvm::Instruction*> definitions, const llvm::DominatorTree& dominators);

} // namespace ajit
