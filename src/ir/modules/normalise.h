//===- normalise.h - One form for the symbols of a module --------------------------------------------------------===//
//
// When a module is split into units that are linked one by one, every global must be reachable by name, and by one name
// only. Each copy of a module is brought into this form before any body is read:
//
//   - local globals become external under `name$<module>`; unnamed ones get a name. The names depend on the module
//     alone, so all contexts agree without communicating.
//   - aliases disappear: their uses become the aliasee, or base + offset for an alias into the middle of a global. (A
//     relocatable object cannot be split where one symbol lies in the middle of another's data.) The ModuleIndex keeps
//     their names.
//   - ifuncs become declarations; the index knows their resolvers.
//   - the index lists the symbols of module-level assembly, too; locals that assembly refers to by name keep their
//     names.
//   - declarations of section bounds (__start_X, __stop_X) become definitions if the module has a section X.
//   - names that ajit keeps for itself are refused (reserved_names.h).
//   - the suffix that a vectorcall function's symbol gets (`@@40`) becomes part of its name.
//   - definitions are dso_local, because one slab holds them all and direct references reach them; except the largest
//     variables of a module with much data (large_variables.h). Declarations are not, because they live in shared
//     libraries, which the GOT and PLT stubs reach. The bitcode's own relocation model does not matter.
//
// LLVM's reader tracks replaced values, so bodies that are read later see this form.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"

namespace llvm {
class Module;
}

namespace ajit {

/// Brings `module` into the form above. `ordinal` is the module's index among the modules of a Jit. Returns what the
/// module defines and needs. O(globals); reads no function body.
llvm::Expected<ModuleIndex> normalise(llvm::Module& module, unsigned ordinal);

} // namespace ajit
