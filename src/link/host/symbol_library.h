//===- symbol_library.h - A shared library that gives names to what is in memory already --------------------------===//
//
// Problem: a plug-in (an extension module of an interpreter) takes variables of the program that opens it. The dynamic
// linker looks for them while it loads the plug-in, and refuses it if nobody has them; functions alone could be left
// for later (library_binder.h). Of generated code it knows nothing.
//
// Approach: it is given a library of no more than a symbol table, in which each name is an absolute symbol (SHN_ABS,
// whose value is an address and is not moved with the library; glibc 2.28 and later). The library is made in memory
// (memfd) and opened for all.
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

/// The file: an ELF shared object for x86-64.
std::vector<char> symbol_library(llvm::ArrayRef<AddressedSymbol> symbols);

/// Opens it, for the life of the process: libraries that are loaded from now on find the symbols, before their own.
llvm::Error load_symbol_library(llvm::ArrayRef<AddressedSymbol> symbols);

} // namespace ajit
