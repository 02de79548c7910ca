//===- passed_allocas.h - What a continuation makes of the allocas of the frame that it takes over from -----------===//
//
// Memory that others may know the address of has to stay where it is: its address is passed. What nobody else can know
// of is better copied into an alloca of the continuation, where SROA can take it apart and the code generator can
// choose its alignment (16 instead of 64 cost one program 1.6 times its run time).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "pointer_flow.h"

namespace ajit {

enum class AllocaTreatment : uint8_t {
  pass,          ///< used where it is
  pass_unshared, ///< used where it is, and nothing but what is derived from the parameter points there
  copy,          ///< contents are copied into a new one
  fresh          ///< contents are dead: a new one
};

/// The treatment of each of `point`'s allocas in `canonical`; `body_of` says what becomes of addresses in callees.
llvm::SmallVector<AllocaTreatment> alloca_treatments(llvm::Function& canonical, const OsrPoint& point,
                                                     PointerFlow::BodyOf body_of);

/// Makes `alloca` live as long as its frame.
void drop_lifetime_markers(llvm::AllocaInst& alloca);

} // namespace ajit
