//===- initialisers.h - What runs before main and after exit ------------------------------------------------------===//
//
// A module names these functions in two ways: in the lists llvm.global_ctors and llvm.global_dtors, and by pointers
// that the program itself places in the sections that such lists become (.init_array and its kin; Rust's standard
// library does that). A static linker sorts both by priority, so they form one list here.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"

namespace llvm {
class Module;
}

namespace ajit {

/// The constructors, in the order in which they run before main. Aliases and ifuncs must be gone from `module` already.
std::vector<Initialiser> read_constructors(const llvm::Module& module);

/// The destructors, in the reverse of the order in which they run at exit, as a linker lays them out.
std::vector<Initialiser> read_destructors(const llvm::Module& module);

} // namespace ajit
