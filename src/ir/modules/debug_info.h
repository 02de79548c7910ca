//===- debug_info.h - Debug information of the bitcode, in units --------------------------------------------------===//
//
// Debug information makes reading and compiling a function slower. So a module copy drops it from each body unless a
// debugger or a profiler will use it. Keeping it takes three steps, because metadata belongs to a context rather than
// to a module, and each node leads to every other:
//
//   - The copy empties the compile units' lists of types and global variables, as ThinLTO's importing does. Otherwise
//     each unit would emit all of them for each function. The types that a function uses are still reached from its
//     variables. Compile units with full lists are set aside for the unit that holds the data.
//   - Cloning a body would clone the graph of nodes behind each location. The clone shares these nodes instead, which
//     is sound because passes replace such nodes and never change them.
//   - The unit lists the compile units that its bodies belong to, and has the module flags that say which DWARF is
//     wanted.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Transforms/Utils/ValueMapper.h>

namespace llvm {
class Function;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

/// Sets aside copies of `module`'s compile units with full lists, and empties the lists of the originals.
void split_compile_units(llvm::Module& module);

/// Reads all bodies of `module`. LLVM then checks the debug information, and drops all of it if it finds the compile
/// units that are set aside, so this hides them meanwhile. A body that cannot be read stays unread; the next caller
/// that asks for it gets the error.
void read_all_bodies(llvm::Module& module);

/// Makes a clone of `function` under `map` share its debug information. O(instructions); does nothing without any.
void share_debug_info(const llvm::Function& function, llvm::ValueToValueMapTy& map);

/// Call this when `unit` has all its bodies; `copy` is the module they come from. Does nothing if no body has debug
/// information.
void complete_debug_info(llvm::Module& unit, const llvm::Module& copy);

/// Gives the debug information of `variable` to `target`, its definition in the data unit.
void copy_debug_info(const llvm::GlobalVariable& variable, llvm::GlobalVariable& target);
/// Does the same as complete_debug_info() for the unit that holds the data, which gets the full lists.
void complete_data_debug_info(llvm::Module& unit, const llvm::Module& copy);

} // namespace ajit
