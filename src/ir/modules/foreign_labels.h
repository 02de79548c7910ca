//===- foreign_labels.h - Addresses of labels that other functions hold -------------------------------------------===//
//
// The address of a label (`&&label`) is a constant that any function and any variable may hold. For example, clang's
// inliner moves the part of an interpreter that hands out its labels into the caller and leaves the rest. A label is a
// place in one body, and bodies are compiled apart. So such a constant has no value where another function is compiled.
//
// A function whose labels other functions hold, the owner, keeps its first body. That body comes with a table of all
// its labels, in the order of their blocks. A function that holds such a label asks for the address at each use, by a
// call that the engine answers from the table. The first such call makes the engine compile the owner's body, as a
// first call of the owner would.
//
// Rejected: compiling owner and holder in one unit. It would save the call, but threads would have to claim functions
// together while each thread knows of only one of them, and two functions may hold labels of each other. With calls, no
// thread waits for another while it compiles a body.
//
// Before anything changes the bodies, they are read to learn which functions hold whose labels. If any function of a
// module holds another's label, the whole module is read (module_copy.cpp), so that all its copies agree.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "runtime_symbols.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Transforms/Utils/ValueMapper.h>
#include <optional>
#include <string>

namespace llvm {
class BlockAddress;
class Constant;
class Function;
class Module;
} // namespace llvm

namespace ajit {

/// The function that holders call: `ptr ajit!label(ptr owner, i32 index)`. `owner` is the symbol that labels_symbol()
/// names.
inline constexpr const char* label_address_function = AJIT_INTERNAL_PREFIX "label";

/// labels_symbol() is the symbol that stands for the labels of `function` in such calls. owner_of_labels() maps it back
/// to the function; it returns nothing for other symbols.
std::string labels_symbol(llvm::StringRef function);
std::optional<llvm::StringRef> owner_of_labels(llvm::StringRef symbol);

/// Adds the label addresses in `constant` to `labels`: `constant` itself, or parts of an initialiser or an expression.
void collect_labels(const llvm::Constant& constant, llvm::SetVector<const llvm::BlockAddress*>& labels);

/// Whether `function` holds labels of other functions, or other functions that have been read hold its labels.
bool shares_labels(const llvm::Function& function);

/// Replaces the labels of other functions that `function` holds by calls, and marks those functions as owners. Marks
/// `function` too if others hold its labels. Call this for each body before anything changes it, and after all bodies
/// that share labels have been read.
void call_for_foreign_labels(llvm::Function& function);

/// Whether another function holds labels of `canonical`, which is in canonical form.
bool labels_are_held_elsewhere(const llvm::Function& canonical);

/// Defines the constant `name` in `unit`. It holds the addresses of `canonical`'s labels in its clone under `map`.
void define_label_table(llvm::Module& unit, const llvm::Function& canonical, const llvm::ValueToValueMapTy& map,
                        llvm::StringRef name);

} // namespace ajit
