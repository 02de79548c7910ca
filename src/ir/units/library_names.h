//===- library_names.h - Functions of the program with names of the C library's -----------------------------------===//
//
// The optimiser goes by names: a function that is called getenv and has no body is taken for the C library's, which
// reads memory and writes none; a loop that fills memory becomes a call of memset, unless the function around it is
// memset. Compiled whole, a program's own getenv has a body and its own memset its name. In units the one may be a
// declaration, and the other is called memset$O3.
//
// Of the optimiser's means `no-builtin-<name>` fits both. On a declaration it withholds what is known of the library's
// function, and calls are still treated as they are natively; `nobuiltin` would change those as well. It must not be on
// bodies that are there to be inlined: the inliner takes none that forbids more than its caller.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class Function;
class StringRef;
} // namespace llvm

namespace ajit {

/// For a unit's declaration of a function that the program defines. No effect on names that no library has.
void withhold_library_promises(llvm::Function& declaration);

/// For a unit's own body of the program's function `name`: loops in it do not become calls of that function.
void keep_from_calling_itself(llvm::Function& body, llvm::StringRef name);

} // namespace ajit
