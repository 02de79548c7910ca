//===- unit_compiler.h - Unit in, object out ----------------------------------------------------------------------===//
//
// The one interface for code generators. Start-up is decided by what O0 costs per function, so it must be possible to
// put a faster baseline in LLVM's place without touching anything else.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>

namespace llvm {
class MemoryBuffer;
class Module;
} // namespace llvm

namespace ajit {

/// Where a compile's time went, in milliseconds.
struct CompileTimes {
  double pipeline_ms = 0;
  double codegen_ms = 0;
};

class UnitCompiler {
public:
  virtual ~UnitCompiler() = default;

  /// Optimises `unit` in place, hands it to `inspect`, which may lower what the optimiser was to see otherwise, and
  /// returns a relocatable object. One thread at a time. On failure the unit is in an unspecified state and the
  /// compiler stays usable. Fails early once `is_over()`, if it is given, says that nobody wants the object any more.
  virtual llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compile(
      llvm::Module& unit, Tier tier, CompileTimes& times, llvm::function_ref<void()> inspect = [] {},
      llvm::function_ref<bool()> is_over = nullptr) = 0;

  /// The machine code of an already optimised `unit` as assembly text.
  virtual llvm::Expected<std::string> assembly(llvm::Module& unit, Tier tier) = 0;
};

} // namespace ajit
