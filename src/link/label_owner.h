//===- label_owner.h - What code asks for addresses of another function's labels ----------------------------------===//
//
//     address = __ajit_label(&owner, index)
//
// One owner per function whose labels are asked for, in the slab, made when the first code that asks is linked. The
// function's body may be made later: by the first question, if no call came before.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "runtime_entry.h"

#include <atomic>
#include <cstdint>

namespace ajit {

struct LabelOwner {
  std::atomic<void* const*> labels{nullptr}; ///< null before the first answer; then fixed
  RuntimeHandler* handler;
  FunctionId function;
};

/// The address of label number `index`. Preserves what a C call does, and beyond that errno, the floating-point
/// environment and libstdc++'s state of std::call_once.
extern "C" void* ajit_label(LabelOwner* owner, uint32_t index) noexcept;

} // namespace ajit
