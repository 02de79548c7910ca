//===- module_asm.h - What module-level assembly defines and refers to --------------------------------------------===//
//
// Module-level assembly is text until code generation, so its symbols are not in the module's symbol table. LLVM's own
// assembler tells which there are. It is run only where there is such assembly: it costs a millisecond.
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
  llvm::StringSet<> defined;  ///< with a value of their own in this assembly
  llvm::StringSet<> local;    ///< those of `defined` that other objects do not see
  llvm::StringSet<> referred; ///< used and not defined here
  /// `.set name, target` of a target that is not defined here.
  std::vector<std::pair<std::string, std::string>> assigned;
};

/// Reads the module-level assembly of `module`, which names its target, and that is registered. An error is the first
/// that the assembler finds.
llvm::Expected<ModuleAsm> read_module_asm(const llvm::Module& module);

} // namespace ajit
