//===- loop_nest_clone.h - Entering a loop nest in its middle without spoiling its loops --------------------------===//
//
// A continuation enters at the header of one loop, in the middle of the loops around it. If its entry jumped there,
// none of the loops around would be natural any more, and loop passes would leave them alone (30 % on one program).
// Instead, copies run the iteration that is under way:
//
//     entry → copy 0: the rest of this iteration of the loop around the entered one, the entered loop included
//           → copy 1: the rest of this iteration of the next loop, in which the former is whole again
//           …
//           → the original blocks
//
// Copy c holds the blocks of the loop c + 1 levels further out. Control moves to higher copies only. Where copy c
// reaches the header of its loop, control goes on in copy c + 1, which enters that loop at its header as usual. Most of
// a copy is unreachable, and is dropped afterwards.
//
// Rejected: a flag that each header tests, to skip to the next one. It needs no copies, but leaves merges where each
// loop's start values were known.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/Transforms/Utils/ValueMapper.h>
#include <memory>

namespace llvm {
class BasicBlock;
class Function;
} // namespace llvm

namespace ajit {

struct LoopNestCopies {
  /// From original blocks and instructions to those of each copy.
  std::vector<std::unique_ptr<llvm::ValueToValueMapTy>> copies;
  /// Where to enter: the header, or its copy.
  llvm::BasicBlock* entered = nullptr;
};

/// Copies the loops around that of `header` in `function`, as far as they may be copied and as size allows. Copied
/// values then have several definitions, while their uses stay as they are. So the function is not in SSA form until
/// the caller has repaired it. The copies' phis have entries for all their predecessors.
LoopNestCopies clone_loop_nest(llvm::Function& function, llvm::BasicBlock& header);

} // namespace ajit
