//===- library_names.h - Functions of the program that are named like the C library's -----------------------------===//
//
// LLVM's optimiser goes by names. It takes a function that is called getenv and has no body for the C library's, which
// reads memory and writes none. It turns a loop that fills memory into a call of memset, unless the function around it
// is called memset. In a whole module, a program's own getenv has a body, and its own memset has its name. In a unit,
// getenv may be a declaration, and memset is called memset$O3.
//
// The attribute `no-builtin-<name>` solves both. On a declaration it withholds what LLVM knows of the library's
// function, and calls are still treated as they are natively. Rejected: `nobuiltin`, which would change the calls as
// well. Bodies that are imported for inlining must not have the attribute: the inliner refuses a callee that forbids
// more than its caller.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class Function;
class StringRef;
} // namespace llvm

namespace ajit {

/// Marks a unit's declaration of a function that the program defines. No effect on names that no library has.
void withhold_library_promises(llvm::Function& declaration);

/// Marks a unit's own body of the program's function `name`: loops in it do not become calls of that function.
void keep_from_calling_itself(llvm::Function& body, llvm::StringRef name);

} // namespace ajit
