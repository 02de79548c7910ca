//===- osr_check.h - The checks at loop headers ------------------------------------------------------------------===//
//
//     header:   phis
//               if (__ajit_osr[depth - 1] != 0) goto ask;      a byte that is only read, and is zero nearly always
//     rest:     …
//     ask:      next = __ajit_osr_request(__ajit_osr, counter, place)   cold
//               if (next == null) goto rest
//     store:    store the live values into the buffer
//     leave:    return next(buffer, allocas …)                 one for all checks of a body
//
// `counter` is the function's call counter and says which function asks; `place` says which loop, and from which tier
// (runtime_symbols.h). At O0 most checks have nothing to store (osr_slots.h), and these share one `ask`.
//
// Checks poll a byte instead of counting each loop's turns. A poll costs a load and a branch; a counter also costs a
// store-to-load forwarding in each iteration (28 % at O1, where the poll costs nothing measurable). At O0 the poll is
// one compare with memory and one jump.
//
// The call is not a tail call: the old frame holds the allocas, the byval arguments and the register save area of
// va_list, so it stays below the continuation until the continuation returns. Values go through memory, so any type can
// be transferred under any calling convention.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "runtime_symbols.h"
#include "tier.h"

#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/IR/ValueMap.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace llvm {
class CallBase;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

struct OsrCheckRequest {
  llvm::StringRef function; ///< symbol of the function; its counter tells the runtime which function asks
  Tier tier = Tier::O0;
  bool in_slots = false;     ///< a whole body at O0: values live in the buffer (osr_slots.h)
  llvm::BitVector unchecked; ///< loops that have a point but get no check
};

/// Inserts the checks of `points` into `body`. `body` is a clone, under `map`, of the function that the points were
/// found in, or of the part of it that still runs. Above O0 the checks have a form for the optimiser (osr_late.h),
/// after which lower_late_checks() must run. At O0 the buffer is allocated at the start of `entry`, the body's entry
/// block.
void insert_osr_checks(llvm::Function& body, llvm::BasicBlock& entry, const OsrPoints& points,
                       const llvm::ValueToValueMapTy& map, const OsrCheckRequest& request);

/// A constant table of the addresses of the labels of `points` in the clone under `map`.
llvm::GlobalVariable* label_table(llvm::Module& unit, const OsrPoints& points, const llvm::ValueToValueMapTy& map);

/// Drops attributes of the canonical function that do not hold for a body that can go on in a continuation.
void drop_promises(llvm::Function& body);

} // namespace ajit
