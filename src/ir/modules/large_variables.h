//===- large_variables.h - Variables that may be far from code ----------------------------------------------------===//
//
// Problem: code reaches variables by displacements of 32 bits, so they are in the slab, which has room for some
// 250 MiB. A native link allows 2 GiB of variables.
//
// Approach: if a module has much data, its largest variables are placed apart from the others, at any address. They get
// LLVM's large code model, which puts them in sections of their own (.lbss, .ldata, .lrodata), and code reaches them
// through entries of a global offset table. The linker replaces loads of entries by displacements where they fit. As
// many variables as possible stay small: the greatest limit is chosen with which the rest fits.
//
// A variable with a section attribute stays in that section, with small variables that may be in it, too. Variables
// that the program itself puts in such sections, or gives the large code model, are reached in the same way.
//
// Rejected: the large code model for all (each access takes 64-bit addresses); a larger slab (displacements do not
// reach further); the same limit for all modules (arrays of 16 MiB are frequent, and their loops would pay).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace llvm {
class Module;
}

namespace ajit {

/// Bytes of variables that a module may have in the slab.
inline constexpr uint64_t small_data_limit = uint64_t{128} << 20;

/// Marks the variables of `module` that are to be placed apart. Depends on the module's globals alone, so all its
/// copies agree. O(globals).
void mark_large_variables(llvm::Module& module);

} // namespace ajit
