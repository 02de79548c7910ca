//===- tier_compiler.h - What tiering needs from a compiler ------------------------------------------------------===//
#pragma once

#include "profile_snapshot.h"
#include "tier.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ajit {

/// The outcome of a compile. `error` says why there is no new body; empty if there is one.
struct CompileResult {
  CompileCost cost;
  std::string error;
};

/// The outcome of a continuation's compile.
struct ContinuationResult {
  void* entry = nullptr; ///< where frames go on; null if `error` says why there is none
  CompileCost cost;
  std::string error;
};

/// Implemented above this folder. All functions may be called from many threads at once, but never twice at once for
/// the same function by compile_and_install(), nor for the same loop by compile_continuation().
class TierCompiler {
public:
  virtual ~TierCompiler() = default;

  /// Compiles `id` at `target` and publishes the body in the function's slot. On failure the slot is as before.
  virtual CompileResult compile_and_install(FunctionId id, Tier target) = 0;

  /// Compiles at `target` the rest of a call of `id` that is at the head of loop number `loop`. Publishes nothing.
  virtual ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target) = 0;

  /// Makes first bodies for functions that may soon be called. Whoever publishes one reports it through
  /// TierManager::on_first_call_installed(). A failure here is no error: the first call meets it again and tells.
  virtual void compile_ahead(std::span<const FunctionId> ids) = 0;

  /// Valid as long as the compiler.
  virtual std::string_view name_of(FunctionId id) = 0;
};

} // namespace ajit
