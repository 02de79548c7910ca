//===- unit_compiler.h - Unit in, object out ----------------------------------------------------------------------===//
//
// The one interface to code generators. O0's cost per function decides start-up, so a faster baseline can take LLVM's
// place behind it. Where the baseline answers Unsupported, LLVM takes over (fallback_compiler.h).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_times.h"
#include "tier.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace ajit {

/// The bytes of a relocatable object file.
using ObjectBytes = llvm::SmallVector<char, 0>;

/// For one thread at a time.
class UnitCompiler {
public:
  virtual ~UnitCompiler() = default;

  /// Optimises `unit` in place, calls `inspect`, and returns a relocatable object. `inspect` may lower constructs that
  /// the optimiser had to see in another form. Adds to `times.pipeline_ms` and `times.codegen_ms`.
  ///
  /// Fails with Unsupported before it changes `unit`, or, if `is_over` is given, with Cancelled soon after `is_over()`
  /// becomes true. After any failure but Unsupported the unit is in an unspecified state. The compiler stays usable.
  virtual llvm::Expected<ObjectBytes> compile(
      llvm::Module& unit, Tier tier, CompileTimes& times, llvm::function_ref<void()> inspect = [] {},
      llvm::function_ref<bool()> is_over = nullptr) = 0;

  /// The machine code of an already optimised `unit` as assembly text.
  virtual llvm::Expected<std::string> assembly(llvm::Module& unit, Tier tier) = 0;

  /// LLVM's description of the target at `tier`: canonical forms and layouts depend on it. Lives as long as the
  /// compiler.
  virtual llvm::Expected<llvm::TargetMachine*> machine(Tier tier) = 0;
};

/// Makes compilers for one target. Outlives them. Thread-safe.
class UnitCompilerFactory {
public:
  virtual ~UnitCompilerFactory() = default;

  virtual std::unique_ptr<UnitCompiler> make() = 0;

  /// Prepares what the next compile at `tier` will need, and stops soon after `is_over()` becomes true.
  virtual void warm_up(Tier tier, llvm::function_ref<bool()> is_over) = 0;
};

} // namespace ajit
