//===- unit_bytes.h - A CompiledUnit as bytes ---------------------------------------------------------------------===//
//
//     "AJITUNIT"  version  fields of the unit, in their order  BLAKE3 of all that precedes it
//
// Numbers are little-endian. The 32-bit length of a string, a list or the object precedes it. The digest detects damage
// of any kind but no malice: callers must read units only from places that they trust.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compiled_unit.h"

namespace ajit {

/// Raised with each change of the format or of a field's meaning.
inline constexpr uint32_t unit_bytes_version = 1;

llvm::SmallVector<char, 0> write_unit(const CompiledUnit& unit);

/// The unit that was written as `bytes`. Fails with Malformed on anything else: another version, a wrong digest, a
/// length that does not fit, a value out of range, an object that LLVM cannot read or that lacks a body's symbol.
llvm::Expected<CompiledUnit> read_unit(llvm::StringRef bytes);

/// Appends the digest to bytes that lack it. Tests and fuzzers need it, so that bytes they change pass the digest.
void seal_unit(llvm::SmallVectorImpl<char>& bytes);

} // namespace ajit
