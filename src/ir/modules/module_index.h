//===- module_index.h - What a module defines and what it needs ---------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/Support/Error.h>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// A function with a body. `symbol` is its name in the IR, which may begin with LLVM's mark (`\1`) for names that must
/// not be mangled. Without the mark, it is the symbol of the stub. `name` is the one that users know.
struct FunctionEntry {
  std::string symbol;
  std::string name;
  bool local = false;
  /// Bytes of prefix data, which the program may read before the function's address, and of prologue data, which it
  /// runs through at that address. If there are any, the data unit's variable `name_of_data_around(symbol)` holds the
  /// prefix data followed by the prologue data.
  uint32_t prefix = 0, prologue = 0;
};

std::string name_of_data_around(const std::string& function);

/// A second name for a function or for a place in a global variable.
struct AliasEntry {
  std::string name;
  std::string target;
  uint64_t offset = 0;
  bool to_function = false;
};

/// A function whose implementation is chosen by calling `resolver` once.
struct IfuncEntry {
  std::string symbol;
  std::string resolver;
};

/// A function to be run before main or at exit (initialisers.h).
struct Initialiser {
  uint32_t priority = 65535;
  std::string function;
};

/// Decided once per module from its globals alone; immutable afterwards.
struct ModuleIndex {
  std::vector<FunctionEntry> functions; ///< in module order: the same in every copy
  std::vector<AliasEntry> aliases;
  std::vector<IfuncEntry> ifuncs;
  std::vector<Initialiser> constructors;
  std::vector<Initialiser> destructors;
  std::vector<std::string> undefined_functions;  ///< declarations that must be defined elsewhere if used
  std::vector<std::string> undefined_data;       ///< the same for variables
  std::vector<std::string> weak_undefined;       ///< declarations that may resolve to null
  std::vector<std::string> data;                 ///< what the data unit defines: variables, symbols of assembly, bounds
  std::vector<std::string> weak;                 ///< definitions that others may stand in for
  std::vector<std::string> hidden;               ///< definitions that other objects must not see
  std::vector<std::string> thread_locals;        ///< those of `data` that each thread has its own instance of
  std::vector<std::string> shared_thread_locals; ///< those of them that yield to a library's definition
  std::vector<AliasEntry> thread_local_aliases;  ///< second names for them; the data unit defines them
  std::vector<std::string> section_bounds;       ///< those of `data` that are the start or end of a section
  std::string triple;
  bool runs_code_on_stacks = false; ///< it makes trampolines, which front ends put on the stack
  bool has_data_unit = false;       ///< global variables or module-level assembly
};

} // namespace ajit
