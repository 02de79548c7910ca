//===- tier_compiler.h - What tiering needs from a compiler ------------------------------------------------------===//
#pragma once

#include "profile_snapshot.h"
#include "tier.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace ajit {

/// The outcome of a compile. `error` says why there is no new body; empty if there is one.
struct CompileResult {
  CompileCost cost;
  std::string error;
};

/// Who is compiled for and may lose interest. A compile looks now and then, and ends early if it is not needed.
class Interest {
public:
  /// Any thread, no lock.
  bool is_lost() const { return lost_.load(std::memory_order_relaxed); }
  void lose() { lost_.store(true, std::memory_order_relaxed); }
  void regain() { lost_.store(false, std::memory_order_relaxed); }

private:
  std::atomic<bool> lost_{false}; ///< a hint: nothing is published through it
};

/// The outcome of a continuation's compile.
struct ContinuationResult {
  void* entry = nullptr; ///< where frames go on; null if `error` says why there is none
  CompileCost cost;
  std::string error;
  bool abandoned = false; ///< interest was lost: there is neither an entry nor an error
};

/// Implemented above this folder. All functions may be called from many threads at once, but never twice at once for
/// the same function by compile_and_install(), nor for the same loop by compile_continuation().
class TierCompiler {
public:
  virtual ~TierCompiler() = default;

  /// Compiles `id` at `target` and publishes the body in the function's slot. On failure the slot is as before.
  virtual CompileResult compile_and_install(FunctionId id, Tier target) = 0;

  /// Compiles at `target` the rest of a call of `id` that is at the head of loop number `loop`. Publishes nothing. May
  /// end early once `interest` is lost.
  virtual ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target,
                                                  const Interest& interest) = 0;

  /// Makes ready what compiles at `target` will need, and stops soon after `wanted_elsewhere()` becomes true. On a
  /// compile thread that has nothing else to do; its failure is no error.
  virtual void warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) = 0;

  /// Makes first bodies for functions that may soon be called. Whoever publishes one reports it through
  /// TierManager::on_first_call_installed(). A failure here is no error: the first call meets it again and tells.
  virtual void compile_ahead(std::span<const FunctionId> ids) = 0;

  /// Valid as long as the compiler.
  virtual std::string_view name_of(FunctionId id) = 0;
};

} // namespace ajit
