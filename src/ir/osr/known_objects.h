//===- known_objects.h - Live pointers that are the only way to what they point to --------------------------------===//
//
// Problem: a body knows of memory from malloc, or of what a `restrict` argument points to, that pointers of other
// origin point elsewhere. A continuation loads its pointers from the buffer, where each might point anywhere. A loop
// that stores through one of them would read again what the others lead to, and LLVM would not vectorise it.
//
// Approach: `noalias` arguments of an inner function restate this (continuation.h). The statement is true only if all
// pointers derived from the original one are derived from the new argument. So two things must hold:
//   - All derived pointers are known: the original was neither stored nor passed to unknown code (pointer_flow.h).
//   - Those that are live have no other origin, so that all can be remade from one of them by their distances from it.
// A `noalias` argument of the function needs nothing more: its promise for the execution of the function holds for the
// rest of that execution.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "pointer_flow.h"

#include <llvm/ADT/SmallVector.h>

namespace ajit {

/// All values of a point that may point into one object; at least one. Each can be remade from the first by its
/// distance from it.
using PointersToObject = llvm::SmallVector<const OsrValue*, 2>;

/// The objects that only live values of `point` lead to. `body_of` finds the bodies of callees that receive addresses.
llvm::SmallVector<PointersToObject> known_objects(llvm::Function& canonical, const OsrPoint& point,
                                                  PointerFlow::BodyOf body_of);

} // namespace ajit
