//===- profile_snapshot.h - Profiles at one moment, as they are reported ---------------------------------------===//
//
// Plain data without locks or atomics: what programs that embed libajit see of profiles.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_state.h"
#include "tier.h"

#include <array>
#include <cstdint>
#include <string>

namespace ajit {

/// What a body cost.
struct CompileCost {
  uint32_t microseconds = 0;
  uint32_t code_bytes = 0;
};

/// One body of a function, as it is reported.
struct TierSnapshot {
  bool installed = false;
  uint64_t calls_before = 0; ///< calls of the function that the body came after
  uint64_t timed_calls = 0;
  uint64_t cycles_total = 0; ///< of the timed calls; 0 like the next two if there was none
  uint64_t cycles_min = 0;
  uint64_t cycles_max = 0;
  double published_ms = 0; ///< since start
  CompileCost cost;

  double cycles_average() const {
    return timed_calls == 0 ? 0 : static_cast<double>(cycles_total) / static_cast<double>(timed_calls);
  }
};

/// A function's profile at one moment, free of locks and atomics.
struct ProfileSnapshot {
  FunctionId id{};
  std::string name;
  uint64_t calls = 0;   ///< counted: exact with one thread, a lower bound with several
  bool counting = true; ///< false once the installed tier no longer counts
  bool hot = false;     ///< has been called often enough for the last tier
  TierStatus status;
  std::string note; ///< why it is pinned or has failed
  std::array<TierSnapshot, tier_count> tiers;
};

/// Figures about tiering as a whole.
struct TierStats {
  uint64_t ticks = 0;
  uint64_t tick_cycles_p99 = 0;     ///< that a call lost in on_tick(), 99th percentile, within an eighth
  uint64_t crossings = 0;           ///< ticks that asked for a compile (or, in synchronous mode, compiled)
  uint64_t crossing_cycles_p99 = 0; ///< of those
  uint64_t compiled = 0;            ///< tier-ups that were installed
  uint64_t failed = 0;
  uint64_t overtaken = 0; ///< compiled at a higher tier than first asked for
  uint64_t dropped = 0;
  uint64_t ahead = 0;     ///< functions handed to compile_ahead()
  uint64_t withdrawn = 0; ///< asked for ahead, but compiled by the first call before
  uint32_t queue_peak = 0;
  uint32_t queue_length = 0;
};

} // namespace ajit
