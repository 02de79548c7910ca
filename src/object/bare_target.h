//===- bare_target.h - The machine without an operating system ----------------------------------------------------===//
//
// The target is i386 with SSE2. With x87 arithmetic the tiers disagree on `t = a * b; t - c`, because O0 stores t and
// O3 keeps it in 80 bits. With SSE2 all four agree to the bit. Relocations are static: the kernel links everything into
// one address space, and its loader knows R_386_32, PC32 and PLT32 only.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "target_spec.h"

#include <llvm/Support/Error.h>

namespace ajit {

class ModuleSource;

/// The only target of object/.
TargetSpec bare_target();

/// Fails if `source` was not compiled for i386 with this target's data layout. The error names both values.
llvm::Error check_bare_module(const ModuleSource& source);

} // namespace ajit
