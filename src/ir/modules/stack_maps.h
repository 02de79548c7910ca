//===- stack_maps.h - Functions whose stack maps the program reads ------------------------------------------------===//
//
// A managed language's run-time system finds the values that live in a frame by LLVM's stack maps: for statepoints,
// stackmaps and patchpoints, a section with the address of each such place. The program reads the section of its one
// object from the symbol `__LLVM_StackMaps` on, as a rule once.
//
// So the code of these functions must be there when the program begins, in one object, and must stay. The data unit has
// their only bodies (data_unit.h), if the module names that symbol.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>

namespace llvm {
class Function;
class Module;
} // namespace llvm

namespace ajit {

inline constexpr llvm::StringLiteral stack_maps_symbol = "__LLVM_StackMaps";

/// Whether the code of `module` reads stack maps. O(1).
bool reads_stack_maps(const llvm::Module& module);

/// Whether `function`, whose body has been read, has stack maps. O(instructions).
bool has_stack_maps(const llvm::Function& function);

/// The functions of `module` that have stack maps, in module order. Reads all bodies.
llvm::SmallVector<llvm::Function*> functions_with_stack_maps(llvm::Module& module);

} // namespace ajit
