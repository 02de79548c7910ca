//===- debug_info.h - Debug information of the bitcode, in units --------------------------------------------------===//
//
// Debug information makes reading a function and compiling it slower, so a module copy drops it from each body unless a
// debugger or a profiler is there to use it. If it is kept, three things have to be done, because metadata belongs to a
// context and not to a module and everything in it leads to everything else:
//
//   - the compile units' lists of types and global variables are emptied in the copy: a unit would emit all of them
//     for each function (ThinLTO's importing does the same). The types that a function uses are reached from its
//     variables. Compile units that do have the lists are left for the unit that holds the data.
//   - cloning a body would clone the graph of nodes behind each location; instead the clone shares them, which is
//     sound as passes replace such nodes and do not change them.
//   - the unit lists the compile units its bodies belong to, and has the flags that say which DWARF is wanted.
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

/// Empties the lists of `module`'s compile units, and keeps compile units with the lists aside.
void split_compile_units(llvm::Module& module);

/// Reads all bodies of `module`. LLVM checks debug information when it has, and drops all if it finds the units that
/// are kept aside. Bodies that cannot be read are left; whoever wants one hears of it then.
void read_all_bodies(llvm::Module& module);

/// Makes a clone of `function` under `map` share its debug information. O(instructions), and nothing without any.
void share_debug_info(const llvm::Function& function, llvm::ValueToValueMapTy& map);

/// To be called when `unit` has all its bodies; `copy` is the module they come from. Nothing if none has any.
void complete_debug_info(llvm::Module& unit, const llvm::Module& copy);

/// Gives `target` the debug information of `variable`, of which it is the definition in the data unit.
void copy_debug_info(const llvm::GlobalVariable& variable, llvm::GlobalVariable& target);
/// The same as complete_debug_info() for the unit that holds the data: it has the lists.
void complete_data_debug_info(llvm::Module& unit, const llvm::Module& copy);

} // namespace ajit
