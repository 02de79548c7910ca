//===- known_branches.h - Threads branches that an incoming edge decides ------------------------------------------===//
//
// In code that has not been optimised, `a && b`, `a || b` and `c ? x : 0` in a condition are blocks that merge
// constants and branch on the result. As long as variables are in memory, an edge that brings a constant can go
// straight to where the branch leads, and nothing else changes.
//
// Once variables are values, liveness analysis cannot tell the two ways through the merge apart. What one way sets and
// uses then seems to be carried around each loop for the other way's sake. The 83 handlers of Lua's interpreter had 30
// such values at the head of its loop, and each check passed all of them on. Its continuation at O1 took 2,875 million
// instructions to compile, and takes 1,600 million without them.
//
// At O0, threading also saves the merge: the code branches on the comparison itself.
//
// Rejected: LLVM's JumpThreading and SimplifyCFG. They also do much that the canonical form must not undergo: they
// duplicate blocks, make selects of branches, and change loops.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class Function;
}

namespace ajit {

/// Redirects such edges of `function`, whose variables are still in memory, to where they lead. O(blocks) if it has
/// none.
void thread_known_branches(llvm::Function& function);

} // namespace ajit
