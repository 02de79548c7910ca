//===- link_guarded.h - A link whose faults do not end the process ------------------------------------------------===//
#pragma once

#include "compile_guard.h"
#include "error.h"
#include "linker.h"

#include <optional>
#include <vector>

namespace ajit {

/// Linker::link(). Fails with CompilerFault if JITLink gives up or crashes; what it was linking is lost.
inline llvm::Expected<std::vector<InstalledBody>> link_guarded(Linker& linker, CompiledUnit unit,
                                                               const std::vector<BodyIdentity>& identities) {
  std::optional<llvm::Expected<std::vector<InstalledBody>>> installed;
  std::optional<std::string> failure =
      run_link_guarded([&] { installed.emplace(linker.link(std::move(unit), identities)); });
  if (failure) {
    static_cast<void>(run_link_guarded([&] { linker.abandon_link(); }));
    return make_typed<CompilerFault>("the linker failed: {}", *failure);
  }
  return std::move(*installed);
}

} // namespace ajit
