//===- osr_check.h - The checks at loop headers ------------------------------------------------------------------===//
//
//     header:   phis
//               if (__ajit_osr[depth - 1] != 0) goto ask;      a byte that is only read, and is zero nearly always
//     rest:     …
//     ask:      next = __ajit_osr_request(__ajit_osr, place)   cold
//               if (next == null) goto rest
//     store:    store the live values into the buffer
//     leave:    return next(buffer, allocas …)                 one for all checks of a body
//
// At O0 also `ask` is one for all checks that have nothing to store, which is most (osr_slots.h).
//
// A byte to poll instead of a counter per loop: it costs a load and a branch, where a counter costs a store to load
// forwarding in each iteration as well (28 % against nothing measurable at O1). Its cost at O0 is one compare with
// memory and one jump.
//
// The call is not a tail call: the frame that is left holds the allocas, the byval arguments and the register save area
// of va_list, so it stays below the continuation until that returns. Values go through memory and not as arguments, so
// that no calling convention has to be able to pass them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "tier.h"

#include <llvm/ADT/BitVector.h>
#include <llvm/IR/ValueMap.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace llvm {
class CallBase;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

/// The symbol of the bytes that are polled (poll_flags.h). The engine defines it.
inline constexpr const char* osr_poll_symbol = "__ajit_osr";

/// `ptr (ptr poll, i64 place)`: the entry of a continuation to go on in, or null to stay.
inline constexpr const char* osr_request_symbol = "__ajit_osr_request";

/// What a check tells the engine.
constexpr uint64_t osr_place(FunctionId id, uint32_t loop, Tier tier) {
  return uint64_t{index_of(id)} << 32 | uint64_t{loop} << 8 | tier_index(tier);
}

struct OsrCheckRequest {
  FunctionId id{};
  Tier tier = Tier::O0;
  bool in_slots = false;     ///< a whole body at O0: values live in the buffer (osr_slots.h)
  llvm::BitVector unchecked; ///< loops that get no check although they have a point; empty: none
};

/// Inserts the checks of `points` into `body`, a clone of the function that they were found in under `map` (of
/// everything in it that is still to run). Above O0 they are what the optimiser should see (osr_late.h), and
/// lower_late_checks() has to follow it. At O0 the buffer is allocated at the start of `entry`, the body's entry block.
void insert_osr_checks(llvm::Function& body, llvm::BasicBlock& entry, const OsrPoints& points,
                       const llvm::ValueToValueMapTy& map, const OsrCheckRequest& request);

/// A constant table of the addresses that the labels of `points` have in their clone under `map`.
llvm::GlobalVariable* label_table(llvm::Module& unit, const OsrPoints& points, const llvm::ValueToValueMapTy& map);

/// Drops what is promised of the canonical function and does not hold of a body that can go on elsewhere.
void drop_promises(llvm::Function& body);

} // namespace ajit
