//===- normalise.h - One form for the symbols of a module --------------------------------------------------------===//
//
// Splitting a module into units that are linked one by one needs every global to be reachable by name, and by one name
// only. Before any body is read, each copy of a module is brought into this form:
//
//   - local globals become external under `name$<module>`; unnamed ones get a name. The names depend on the module
//     alone, so all contexts agree without talking to one another.
//   - aliases disappear: their uses become the aliasee, or base + offset for an alias into the middle of a global
//     (relocatable objects cannot be split where one symbol's data is another's middle). Their names live on in the
//     ModuleIndex.
//   - ifuncs become declarations; the index knows their resolvers.
//   - symbols of module-level assembly are in the index, too; locals that assembly calls by name keep their names.
//   - declarations of section bounds (__start_X, __stop_X) are definitions if X is a section of the module.
//   - the suffix that a vectorcall function's symbol gets (`@@40`) is part of its name.
//   - definitions are dso_local (one slab holds them all: direct references reach), declarations are not (they live in
//     shared libraries: the GOT and PLT stubs reach), whatever the bitcode's own relocation model was.
//
// Lazily loaded bodies that are read later see the result, as the reader tracks replaced values.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"

namespace llvm {
class Module;
}

namespace ajit {

/// Brings `module` into the form above. `ordinal` is the module's place among those of a Jit. Returns what it defines
/// and needs. O(globals); reads no function body.
llvm::Expected<ModuleIndex> normalise(llvm::Module& module, unsigned ordinal);

} // namespace ajit
