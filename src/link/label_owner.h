//===- label_owner.h - Gives code the addresses of another function's labels --------------------------------------===//
//
//     address = ajit!label(&owner, index)
//
// The slab holds one owner per function whose labels other code asks for. The linker has it made when it links the
// first such code. The function's body may be made later: the first request makes it, if no call came before.
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

/// The address of label number `index`. Preserves what a C call preserves, and also errno, the floating-point
/// environment and libstdc++'s state of std::call_once.
extern "C" void* ajit_label(LabelOwner* owner, uint32_t index) noexcept;

} // namespace ajit
