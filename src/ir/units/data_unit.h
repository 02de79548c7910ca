//===- data_unit.h - The module's data, compiled once before anything runs ----------------------------------------===//
//
// Global variables and module-level assembly are emitted once, in a unit of their own; bodies of every tier refer to
// them and never duplicate them. A function whose label addresses are visible outside it (function_traits.h) must be in
// one object with the variables that hold them, so its only body is compiled here too.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace ajit {

class ModuleCopy;

/// A function whose only body is in the data unit.
struct PinnedBody {
  std::string symbol;      ///< of the function
  std::string body_symbol; ///< of its body
  std::string label_table; ///< symbol of the table of its labels (foreign_labels.h); empty if no other code needs it
  std::string reason;
};

struct DataUnit {
  std::unique_ptr<llvm::Module> module; ///< null if there is no data
  std::string marker;                   ///< a symbol that the unit always defines
  std::vector<PinnedBody> pinned;
};

/// O(data). `ordinal` is the module's place among those of its Jit.
llvm::Expected<DataUnit> build_data_unit(ModuleCopy& copy, unsigned ordinal);

} // namespace ajit
