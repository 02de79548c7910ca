//===- make_observers.h - The observers of generated code that the options ask for --------------------------------===//
#pragma once

#include "code_observer.h"
#include "options.h"

#include <llvm/Support/Error.h>
#include <memory>
#include <vector>

namespace ajit {

/// Whether gdb is told about the code: if the options ask for it, or let it depend on whether a debugger is attached.
bool wants_debugger(const Options& options);

llvm::Expected<std::vector<std::unique_ptr<CodeObserver>>> make_observers(const Options& options, bool debugger);

} // namespace ajit
