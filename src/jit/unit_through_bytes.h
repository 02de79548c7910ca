//===- unit_through_bytes.h - A unit as it comes back from a file -------------------------------------------------===//
#pragma once

#include "unit_bytes.h"

namespace ajit {

/// `unit`, written and read back. With Options::through_bytes this happens to every unit before it is linked, which
/// shows that the written form holds everything that matters.
inline llvm::Expected<CompiledUnit> through_bytes(const CompiledUnit& unit) {
  const llvm::SmallVector<char, 0> bytes = write_unit(unit);
  return read_unit({bytes.data(), bytes.size()});
}

} // namespace ajit
