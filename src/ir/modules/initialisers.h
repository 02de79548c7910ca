//===- initialisers.h - What runs before main and after exit ------------------------------------------------------===//
//
// Two forms say so: the lists llvm.global_ctors and llvm.global_dtors, and pointers placed by the program itself in the
// sections that such lists become (.init_array and its kin; Rust's standard library does that). A static linker sorts
// both by priority, so they are one list here.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"

namespace llvm {
class Module;
}

namespace ajit {

/// In the order in which they run before main. `module` has no aliases and ifuncs any more.
std::vector<Initialiser> read_constructors(const llvm::Module& module);

/// In the reverse of the order in which they run at exit, as a linker lays them out.
std::vector<Initialiser> read_destructors(const llvm::Module& module);

} // namespace ajit
