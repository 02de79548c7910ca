//===- module_asm.h - What module-level assembly defines and refers to --------------------------------------------===//
//
// Module-level assembly is text until code generation, so its symbols are missing from the module's symbol table.
// LLVM's own assembler lists them. A run costs a millisecond, so only modules with such assembly get one.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace ajit {

struct ModuleAsm {
  llvm::StringSet<> defined;  ///< symbols with a value of their own in this assembly
  llvm::StringSet<> local;    ///< those of `defined` that are local to the object
  llvm::StringSet<> referred; ///< symbols used but not defined here
  /// From `.set name, target`, where `target` is not defined here.
  std::vector<std::pair<std::string, std::string>> assigned;
};

/// Reads the module-level assembly of `module`. The module must name its target, and LLVM must have that target
/// registered. Returns the first error that the assembler reports.
llvm::Expected<ModuleAsm> read_module_asm(const llvm::Module& module);

} // namespace ajit
