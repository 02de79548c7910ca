//===- tls_access.h - Thread-local variables whose place is known only at link time -------------------------------===//
//
// A thread-local variable that the module itself defines is compiled as emulated TLS: its control block is ordinary
// data. The place of any other is unknown when a body is compiled. It may be in a module that was added separately, or
// in a shared library (libstdc++'s state of std::call_once), where it has a real TLS slot that no relocation in
// generated code can reach. So an access becomes a call
//
//     address = ajit!tls_of$x(&ajit!tls$x)
//
// The linker defines both symbols according to what it finds (Engine::resolve). They are either the accessor and the
// control block of emulated TLS, or the dynamic linker's __tls_get_addr and the variable's module and offset. A native
// shared object makes the latter call (Drepper, "ELF Handling For Thread-Local Storage", 4.1).
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

/// The symbol of the control block that the code generator makes for a variable under emulated TLS; and its accessor.
std::string emulated_tls_control(llvm::StringRef variable);
inline constexpr const char* emulated_tls_accessor = "__emutls_get_address";

/// Whether `variable`, which the normalised module defines, yields to a shared library's definition if there is one.
bool may_be_in_library(const llvm::GlobalVariable& variable);

/// The thread-local variables of `module` that may be defined outside the module's data. O(globals).
llvm::SmallVector<llvm::Constant*> thread_locals_to_link(llvm::Module& module);

/// Turns the accesses of `function` to `variables` into such calls.
void call_for_thread_locals(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> variables);

} // namespace ajit
