//===- check_policy.h - Loops that are better off without a check -------------------------------------------------===//
//
// A check is a second exit. Loops of which it is known how many rounds they make at most lose more by it than the load
// and the branch: they are no longer unrolled or vectorised, and no longer recognised as memset (1.2 to 2 times slower
// at O1, up to 13 at O2). So innermost loops of that kind, without calls that are still there in the end, have none
//   - at O1 if a loop around them has one, which is then reached soon enough, or if they are short;
//   - at O2 never: there the vectoriser is what they are compiled for, and O3 would make the same of them.
//
// At O0 nothing is lost but the load and the branch, and each loop of a nest can tell whether it turns (tier_policy.h):
// only what can be seen to be short has no check (short_loops.h), which saves compiling it. Where on-stack replacement
// is forced, every loop has one at every tier.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "tier.h"

#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/STLFunctionalExtras.h>

namespace ajit {

/// The canonical body of a function that calls of the argument run, or null if it is not known.
using BodyOf = llvm::function_ref<llvm::Function*(llvm::Function&)>;

/// The loops of `canonical`, by index, that are to have no check at `tier` although they may have a point.
llvm::BitVector unchecked_loops(llvm::Function& canonical, const OsrPoints& points, Tier tier, BodyOf body_of);

} // namespace ajit
