//===- data_linker.h - The variables of a module ------------------------------------------------------------------===//
//
// A module's variables, its assembly and the bodies that must be in one object with them are compiled and linked once,
// before anything of the module runs. Then the module's aliases of variables get their addresses, and functions with
// prefix or prologue data get those bytes around their stubs.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_compiler.h"
#include "stub_table.h"
#include "thread_locals.h"

#include <functional>
#include <utility>
#include <vector>

namespace ajit {

/// Borrows its arguments. The caller links one module at a time.
class DataLinker {
public:
  struct Parts {
    const Options& options;
    Program& program;
    CompilePool& pool;
    CompileGate& gate;
    Linker& linker;
    StubTable& stubs;
    const ThreadLocals& thread_locals;
    FirstBodies& first;
    /// Publishes a body that was linked with the data.
    std::function<void(MadeBody, Tier)> install;
  };

  explicit DataLinker(Parts parts) : parts_(std::move(parts)) {}

  /// Functions with prefix or prologue data, each with the place for that data.
  using DataAround = std::vector<std::pair<const FunctionEntry*, std::byte*>>;

  /// Gives such functions their stubs. Call it before anything learns the addresses of the module's functions.
  llvm::Expected<DataAround> make_room_for_data_around(const LoadedModule& module);

  /// Compiles and links the data of `module`, whose names the program already knows.
  llvm::Error link(const LoadedModule& module, const DataAround& around);

private:
  llvm::Error link_unit(const LoadedModule& module);
  void install(CompiledUnit& unit, std::vector<InstalledBody> installed);
  llvm::Error define_aliases(const LoadedModule& module);
  llvm::Error fill(const DataAround& around);

  const Parts parts_;
  std::vector<InstalledBody> variables_; ///< one per module with a data unit
};

} // namespace ajit
