//===- symbol_library.h - A shared library that gives names to addresses in memory --------------------------------===//
//
// Problem: a plug-in (an extension module of an interpreter) uses variables of the program that opens it. The dynamic
// linker looks for them while it loads the plug-in, and refuses the plug-in if they are undefined; only functions could
// be left for later (library_binder.h). The dynamic linker does not know generated code.
//
// Approach: load a library that is only a symbol table. Each name in it is an absolute symbol (SHN_ABS, whose value is
// an address that does not move with the library; glibc 2.28 and later). The library is made in memory
// (shared_object.h) and opened with RTLD_GLOBAL.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace ajit {

/// A name and what it stands for.
struct AddressedSymbol {
  std::string name;
  const void* address;
};

/// Loads the library of `symbols` for the life of the process: libraries that are loaded from now on find these symbols
/// before their own.
llvm::Error load_symbol_library(llvm::ArrayRef<AddressedSymbol> symbols);

} // namespace ajit
