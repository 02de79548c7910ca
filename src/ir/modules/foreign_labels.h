//===- foreign_labels.h - Label addresses in other functions than the labels' own ---------------------------------===//
//
// The address of a label (`&&label`) is a constant that any function and any variable may hold: clang's inliner takes
// the part of an interpreter that hands its labels out into the caller and leaves the rest. A label is a place in one
// body, and bodies are compiled apart, so such a constant has no value where another function is compiled.
//
// The owner of labels that other functions hold keeps its first body, which comes with a table of them all in the order
// of their blocks. A holder asks for the address where it is used, by a call that is answered from the table; the first
// one has the owner's body made, as a first call would. Compiling both in one unit would spare the call, but then units
// would have to be claimed together by threads that know of one of them each, and two functions may hold labels of each
// other; here nobody waits for anything while it makes a body.
//
// Who holds labels of whom is read from bodies before they are changed: a module in which any do is read as a whole
// (module_copy.cpp), so that all its copies agree.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

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

/// The function called: `ptr __ajit_label(ptr owner, i32 index)`, `owner` what labels_symbol() names.
inline constexpr const char* label_address_function = "__ajit_label";

/// The symbol that stands for the labels of `function` in such calls; and back, if `symbol` is one.
std::string labels_symbol(llvm::StringRef function);
std::optional<llvm::StringRef> owner_of_labels(llvm::StringRef symbol);

/// Adds the label addresses that `constant` holds, itself or as a part of an initialiser or an expression.
void collect_labels(const llvm::Constant& constant, llvm::SetVector<const llvm::BlockAddress*>& labels);

/// Whether `function` holds labels of others, or others, of those that have been read, hold its.
bool shares_labels(const llvm::Function& function);

/// Replaces the labels of other functions that `function` holds by calls, and notes at these functions, and at this
/// one, if others hold theirs. To be called for each body before anything changes it, once all that share are read.
void call_for_foreign_labels(llvm::Function& function);

/// Whether a function other than `canonical`, which is in canonical form, holds labels of it.
bool labels_are_held_elsewhere(const llvm::Function& canonical);

/// Defines in `unit` the constant `name`: the addresses of `canonical`'s labels in its clone under `map`.
void define_label_table(llvm::Module& unit, const llvm::Function& canonical, const llvm::ValueToValueMapTy& map,
                        llvm::StringRef name);

} // namespace ajit
