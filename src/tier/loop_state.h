//===- loop_state.h - Where a loop stands on its way to better code ----------------------------------------------===//
#pragma once

#include "tier.h"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace ajit {

/// What is happening to a loop's continuations. A loop is in one state at a time, so at most one is being compiled.
enum class LoopState : uint8_t {
  idle,      ///< nothing under way
  queued,    ///< a request for the target waits in the queue
  compiling, ///< one thread compiles the target
  failed,    ///< no continuation could be made at the target; no further attempt
};

constexpr std::string_view state_name(LoopState state) {
  switch (state) {
  case LoopState::idle:
    return "idle";
  case LoopState::queued:
    return "queued";
  case LoopState::compiling:
    return "compiling";
  case LoopState::failed:
    return "failed";
  }
  return "?";
}

/// What predicts how long a compile of the function at the last tier takes.
struct FunctionSize {
  uint32_t instructions = 0; ///< of its IR
  uint32_t callees = 0;      ///< functions of the program that it calls directly, and that may be inlined
};

/// The state that threads deciding about a loop compete to change, small enough to be exchanged in one atomic step.
struct LoopStatus {
  LoopState state = LoopState::idle;
  Tier tier = Tier::O0;   ///< of the highest continuation; O0 before there is one, as none is made at O0
  Tier target = Tier::O0; ///< of the request, the compile or the failure
  Tier from = Tier::O0;   ///< of the code that asked for it

  bool operator==(const LoopStatus&) const = default;
};

static_assert(sizeof(LoopStatus) == 4 && std::atomic<LoopStatus>::is_always_lock_free);

} // namespace ajit
