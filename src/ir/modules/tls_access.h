//===- tls_access.h - Thread-local variables whose place is known when code is linked -----------------------------===//
//
// A thread-local variable that the module itself defines is compiled as emulated TLS: its control block is ordinary
// data. Others may be anywhere when a body is made: in a module that was added apart, or in a shared library
// (libstdc++'s state of std::call_once), in a real TLS slot that no relocation for generated code can reach. So an
// access becomes a call
//
//     address = __ajit_tls_of$x(&__ajit_tls$x)
//
// of two symbols that the linker defines by what it finds (Engine::resolve): the accessor and the control block of
// emulated TLS; or the dynamic linker's __tls_get_addr and the variable's module and offset, which is what a native
// shared object calls (Drepper, "ELF Handling For Thread-Local Storage", 4.1).
//
// Definitions that are the same wherever they stand (C++'s `inline thread_local`) are asked for in the same way: where
// a shared library has the variable as well, natively there is one for both.
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

/// `symbol` taken apart, if it is one.
std::optional<ThreadLocalSymbol> parse_thread_local_symbol(llvm::StringRef symbol);

/// The control block that the code generator makes for a variable as emulated TLS, and its accessor.
std::string emulated_tls_control(llvm::StringRef variable);
inline constexpr const char* emulated_tls_accessor = "__emutls_get_address";

/// Whether `variable`, which the module defines, is a shared library's if one has it. Of a normalised module.
bool may_be_in_library(const llvm::GlobalVariable& variable);

/// The thread-local variables of `module` that may be in another place than the module's data. O(globals).
llvm::SmallVector<llvm::Constant*> thread_locals_to_link(llvm::Module& module);

/// Rewrites the accesses of `function` to `variables`.
void call_for_thread_locals(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> variables);

} // namespace ajit
