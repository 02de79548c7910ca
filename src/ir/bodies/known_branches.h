//===- known_branches.h - Branches on what is known on the way there ---------------------------------------------===//
//
// `a && b`, `a || b` and `c ? x : 0` in a condition are, in code that has not been optimised, blocks that merge
// constants and branch on the result. As long as variables are in memory, an edge that brings a constant can go
// straight to where the branch leads: nothing else changes. Once they are values, both ways through the merge are one
// to everybody who asks what is live. What the one way sets and uses then seems to be carried round each loop for the
// other way's sake: the 83 handlers of Lua's interpreter had 30 such values at the head of its loop, all of which went
// along at each check. Its continuation at O1 took 2,875 million instructions to compile, and takes 1,600 without them.
//
// At O0 it saves the merging as well: the comparison is branched on.
//
// LLVM's JumpThreading and SimplifyCFG do this among much else that the canonical form must not have done to it: they
// duplicate blocks and make selects of branches, and loops would not stay what they were.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class Function;
}

namespace ajit {

/// Lets such edges of `function`, whose variables are still in memory, go where they lead. O(blocks) if there are none.
void thread_known_branches(llvm::Function& function);

} // namespace ajit
