//===- tls_access.h - Thread-local variables whose place is known only at link time -------------------------------===//
//
// An executable reaches its thread-local variables at a fixed distance from the thread pointer. So does the code of a
// module, for the variables that the module defines, if they have such a place (jit/thread_locals.h). The place of any
// other is unknown when a body is compiled: it may be in a module that was added separately, or in a shared library
// (libstdc++'s state of std::call_once). So an access becomes a call
//
//     address = ajit!tls_of$x(&ajit!tls$x)
//
// The linker defines both symbols according to what it finds (SymbolResolver::resolve). As a rule they are the dynamic
// linker's __tls_get_addr and the variable's module and offset. A native shared object makes the same call (Drepper,
// "ELF Handling For Thread-Local Storage", 4.1).
//
// Variables that several objects may define alike (C++'s `inline thread_local`) are accessed by such calls, too. If a
// shared library defines the variable as well, a native program has one variable for both.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>
#include <optional>
#include <string>

namespace llvm {
class Constant;
class Function;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

/// A symbol that stands for part of the access to a thread-local variable.
struct ThreadLocalSymbol {
  enum class Part : bool { accessor, argument };
  Part part;
  llvm::StringRef variable;
};

/// Takes `symbol` apart; nothing if it is no such symbol.
std::optional<ThreadLocalSymbol> parse_thread_local_symbol(llvm::StringRef symbol);

/// Whether `variable`, which the normalised module defines, yields to a shared library's definition if there is one.
bool may_be_in_library(const llvm::GlobalVariable& variable);

/// The thread-local variables of `module` that code must call for: those that may be defined outside the module's data,
/// and with `own` all others. O(globals).
llvm::SmallVector<llvm::Constant*> thread_locals_to_call_for(llvm::Module& module, bool own);

/// Turns the accesses of `function` to `variables` into such calls.
void call_for_thread_locals(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> variables);

/// llvm.threadlocal.address marks the places where a thread asks for the address of a variable, and takes only a
/// variable. Removes the marks that calls have made unnecessary, and moves those of places in the middle of a variable,
/// which aliases leave behind, to the variable.
void mend_thread_local_addresses(llvm::Function& function);

} // namespace ajit
