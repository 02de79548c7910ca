//===- loop_state.h - Where a loop stands on its way to better code ----------------------------------------------===//
#pragma once

#include "tier.h"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace ajit {

/// What is happening to a loop's continuations. Only one thing can be, so at most one is being compiled.
enum class LoopState : uint8_t {
  idle,      ///< nothing under way
  queued,    ///< a request for the target waits in the queue
  compiling, ///< one thread compiles the target
  failed,    ///< no continuation could be made at the target; none is tried again
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

/// What tells how long the last tier will take to compile for a function.
struct FunctionSize {
  uint32_t instructions = 0; ///< of its IR
  uint32_t callees = 0;      ///< functions of the program that it calls directly, and that may be inlined
};

/// All that decisions about a loop exclude one another on, small enough to be exchanged in one atomic step.
struct LoopStatus {
  LoopState state = LoopState::idle;
  Tier tier = Tier::O0;   ///< of the highest continuation there is; O0, which none has, before the first
  Tier target = Tier::O0; ///< of the request, the compile or the failure
  Tier from = Tier::O0;   ///< where the loop ran that asked for it

  bool operator==(const LoopStatus&) const = default;
};

static_assert(sizeof(LoopStatus) == 4 && std::atomic<LoopStatus>::is_always_lock_free);

} // namespace ajit
