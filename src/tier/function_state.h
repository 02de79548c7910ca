//===- function_state.h - Where a function stands on its way up --------------------------------------------------===//
#pragma once

#include "tier.h"

#include <atomic>
#include <string_view>

namespace ajit {

/// What is happening to a function. It is in one state at a time, so it has at most one compile at a time.
enum class FunctionState : uint8_t {
  cold,      ///< never called: its slot still leads to the first-call path
  queued,    ///< running at its tier; a request for the target waits in the queue
  compiling, ///< running at its tier; one thread compiles the target
  installed, ///< running at its tier; nothing under way
  failed,    ///< running at its tier for good: the compile of the target failed
};

constexpr std::string_view state_name(FunctionState state) {
  switch (state) {
  case FunctionState::cold:
    return "cold";
  case FunctionState::queued:
    return "queued";
  case FunctionState::compiling:
    return "compiling";
  case FunctionState::installed:
    return "installed";
  case FunctionState::failed:
    return "failed";
  }
  return "?";
}

/// The state that threads deciding about a function compete to change, small enough to be exchanged in one atomic step.
struct TierStatus {
  FunctionState state = FunctionState::cold;
  Tier tier = Tier::O0;   ///< of the installed body; of the first compile while cold
  Tier target = Tier::O0; ///< of the request, the compile or the failure
  bool pinned = false;    ///< never leaves its tier

  bool operator==(const TierStatus&) const = default;
};

static_assert(sizeof(TierStatus) == 4 && std::atomic<TierStatus>::is_always_lock_free);

} // namespace ajit
