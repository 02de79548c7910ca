//===- section_bounds.h - __start_X and __stop_X ------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringRef.h>

namespace ajit {

inline constexpr llvm::StringLiteral section_start_prefix = "__start_", section_stop_prefix = "__stop_";

/// The section whose start or end a static linker would call `name`; empty for other names.
inline llvm::StringRef section_of_bound(llvm::StringRef name) {
  if (name.consume_front(section_start_prefix) || name.consume_front(section_stop_prefix)) return name;
  return {};
}

} // namespace ajit
