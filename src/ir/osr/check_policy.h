//===- check_policy.h - Loops that are better off without a check -------------------------------------------------===//
//
// A check is a second exit of its loop. A loop with a known bound on its iterations loses more by it than a load and a
// branch: LLVM no longer unrolls or vectorises the loop, or recognises it as memset. The loop is then 1.2 to 2 times
// slower at O1, and up to 13 times slower at O2. So innermost loops that have such a bound, and in which no calls
// remain after the pipeline, go without a check:
//   - at O1, if a loop around them has one, which is then reached soon enough, or if they are short;
//   - at O2, always: the vectoriser is what they are compiled for there, and O3 would make the same code of them.
//
// At O0 a check costs only the load and the branch, and each loop of a nest can report whether it is running
// (tier_policy.h). So only a loop that can be seen to be short goes without a check (short_loops.h), which saves
// compiling it. If on-stack replacement is forced, every loop has a check at every tier.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "tier.h"

#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/STLFunctionalExtras.h>

namespace ajit {

/// The canonical body that calls of the given function run, or null if it is unknown.
using BodyOf = llvm::function_ref<llvm::Function*(llvm::Function&)>;

/// The loops of `canonical`, by index, that get no check at `tier` even if they have a point.
llvm::BitVector unchecked_loops(llvm::Function& canonical, const OsrPoints& points, Tier tier, BodyOf body_of);

} // namespace ajit
