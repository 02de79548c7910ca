//===- tier_compiler.h - What tiering needs from a compiler ------------------------------------------------------===//
#pragma once

#include "profile_snapshot.h"
#include "result.h"
#include "tier.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ajit {

/// The outcome of a compile.
struct CompileResult {
  CompileCost cost;
  std::optional<Failure> failure; ///< set: the compile gave no body, for this reason
};

/// Whether the result of a compile is still needed. The compile looks now and then, and ends early if it is not.
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
  void* entry = nullptr; ///< where frames go on; null after a failure
  CompileCost cost;
  std::optional<Failure> failure; ///< `cancelled` if interest was lost
};

/// What decides which functions can be compiled in one unit.
struct FunctionFacts {
  uint32_t module = 0;       ///< a unit has functions of one module
  uint32_t instructions = 0; ///< of its IR
};

/// Receives the outcome for one function of a compile.
using InstallReport = std::function<void(FunctionId id, CompileResult result)>;

/// Implemented above this folder. Many threads may call all functions at once. But compile_and_install() never runs
/// twice at once for one function, nor compile_continuation() for one loop.
class TierCompiler {
public:
  virtual ~TierCompiler() = default;

  /// Of a function that has a body.
  virtual FunctionFacts facts_of(FunctionId id) = 0;

  /// Compiles `ids`, all of one module, at `target` and publishes each body in its function's slot. Reports each
  /// function once, on this thread, when its body is published or has failed; its slot is as before then. A failure of
  /// one function is not another's.
  virtual void compile_and_install(std::span<const FunctionId> ids, Tier target, const InstallReport& report) = 0;

  /// Compiles at `target` the rest of a call of `id` that is at the head of loop number `loop`. Publishes nothing. May
  /// end early once `interest` is lost.
  virtual ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target,
                                                  const Interest& interest) = 0;

  /// Prepares what compiles at `target` will need, and stops soon after `wanted_elsewhere()` becomes true. An idle
  /// compile thread calls it. It reports no failure: the compile that follows does.
  virtual void warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) = 0;

  /// Makes first bodies for functions that may soon be called, publishes them, and reports each through
  /// TierManager::on_first_call_installed(). Reports no failure: the first call meets it again and reports it.
  virtual void compile_ahead(std::span<const FunctionId> ids) = 0;

  /// Valid as long as the compiler lives.
  virtual std::string_view name_of(FunctionId id) = 0;
};

} // namespace ajit
