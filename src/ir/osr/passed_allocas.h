//===- passed_allocas.h - How a continuation treats the allocas of the frame that it takes over from --------------===//
//
// Memory whose address other code may know must stay where it is, and the continuation gets its address. Other memory
// is better copied into an alloca of the continuation, where SROA can take it apart and the code generator can choose
// its alignment. (An alignment of 16 instead of 64 made one program take 1.6 times as long.)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "pointer_flow.h"

namespace ajit {

enum class AllocaTreatment : uint8_t {
  pass,          ///< used where it is
  pass_unshared, ///< used where it is; only pointers derived from the parameter point there
  copy,          ///< contents are copied into a new one
  fresh          ///< contents are dead: a new one
};

/// The treatment of each of `point`'s allocas in `canonical`; `body_of` finds callees, to see what they do with
/// addresses.
llvm::SmallVector<AllocaTreatment> alloca_treatments(llvm::Function& canonical, const OsrPoint& point,
                                                     PointerFlow::BodyOf body_of);

/// Makes `alloca` live as long as its frame: drops its lifetime markers.
void drop_lifetime_markers(llvm::AllocaInst& alloca);

} // namespace ajit
