//===- known_objects.h - Live pointers that are the only way to what they point to --------------------------------===//
//
// Problem: what a body knows of memory from malloc, or of a `restrict` argument, is that pointers of other origin point
// elsewhere. A continuation loads its pointers from the buffer, where each might point anywhere: a loop that stores
// through one would read again what the others lead to, and would not be vectorised.
//
// Approach: `noalias` arguments of an inner function say it again (continuation.h). That is true only if all that has
// been derived from the original pointer is derived from the new argument. So all of it must be known, which it is not
// once the pointer has been stored or given away (pointer_flow.h); and the values among it that are live must have no
// other origin, so that they can be remade from one of them with their distances from it. Of a `noalias` argument
// nothing more need be known: what it promises for the execution of its function holds for the part of it that is left.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "pointer_flow.h"

#include <llvm/ADT/SmallVector.h>

namespace ajit {

/// All values of a point that may point into one object, at least one. Each can be remade from the first with its
/// distance from it.
using PointersToObject = llvm::SmallVector<const OsrValue*, 2>;

/// Those of `point`'s objects that are reached in no other way. `body_of` says what becomes of addresses in callees.
llvm::SmallVector<PointersToObject> known_objects(llvm::Function& canonical, const OsrPoint& point,
                                                  PointerFlow::BodyOf body_of);

} // namespace ajit
