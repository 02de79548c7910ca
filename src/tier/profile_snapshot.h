//===- profile_snapshot.h - Profiles at one moment, as they are reported ---------------------------------------===//
//
// Plain data without locks or atomics: what programs that embed libajit see of profiles.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_state.h"
#include "loop_state.h"
#include "tier.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ajit {

/// What a body cost.
struct CompileCost {
  uint32_t microseconds = 0;
  uint32_t code_bytes = 0;
};

/// One body of a function, as it is reported.
struct TierSnapshot {
  bool installed = false;
  uint64_t calls_before = 0; ///< calls of the function before the body was installed
  uint64_t timed_calls = 0;
  uint64_t cycles_total = 0; ///< of the timed calls; 0 like the next two if there are none
  uint64_t cycles_min = 0;
  uint64_t cycles_max = 0;
  double published_ms = 0; ///< since start
  CompileCost cost;

  double cycles_average() const {
    return timed_calls == 0 ? 0 : static_cast<double>(cycles_total) / static_cast<double>(timed_calls);
  }
};

/// One continuation of a loop, as it is reported.
struct ContinuationSnapshot {
  bool installed = false;
  uint64_t entered = 0;    ///< frames that went on in it
  double published_ms = 0; ///< since start
  CompileCost cost;
};

/// A loop's profile at one moment.
struct LoopSnapshot {
  uint32_t index = 0; ///< among the loops of its function
  uint32_t line = 0;  ///< in the source; 0 if unknown
  uint32_t depth = 0; ///< 1 for an outermost loop
  uint64_t ticks = 0; ///< how often the loop was found running
  LoopStatus status;
  std::string excluded; ///< why frames never leave the loop; empty if they can
  std::string note;     ///< why no continuation can be made
  std::array<ContinuationSnapshot, tier_count> tiers;

  uint64_t entered() const {
    uint64_t sum = 0;
    for (const ContinuationSnapshot& tier : tiers)
      sum += tier.entered;
    return sum;
  }
};

/// A function's profile at one moment, free of locks and atomics.
struct ProfileSnapshot {
  FunctionId id{};
  std::string name;
  uint64_t calls = 0;   ///< counted: exact with one thread, a lower bound with several
  bool counting = true; ///< false once the installed tier no longer counts
  bool hot = false;     ///< its calls or its loops make it due for the last tier
  TierStatus status;
  std::string note; ///< why it is pinned or its compile has failed
  std::array<TierSnapshot, tier_count> tiers;
  std::vector<LoopSnapshot> loops; ///< of its first body, by index; empty if on-stack replacement is off
};

/// Figures about tiering as a whole.
struct TierStats {
  uint64_t ticks = 0;
  uint64_t tick_cycles_p99 = 0;     ///< cycles that a call lost in on_tick(), 99th percentile, within an eighth
  uint64_t crossings = 0;           ///< ticks that asked for a compile (or, in synchronous mode, compiled)
  uint64_t crossing_cycles_p99 = 0; ///< the same for crossings
  uint64_t compiled = 0;            ///< tier-ups that were installed
  uint64_t failed = 0;
  uint64_t overtaken = 0; ///< compiled at a higher tier than first asked for
  uint64_t dropped = 0;
  uint64_t ahead = 0;                ///< functions handed to compile_ahead()
  uint64_t withdrawn = 0;            ///< requested ahead, but compiled by a first call before their turn
  uint64_t continuations = 0;        ///< compiled for loops
  uint64_t failed_continuations = 0; ///< that could not be compiled
  uint64_t loop_ticks = 0;
  uint64_t loop_entries = 0; ///< frames that went on in a continuation
  uint32_t queue_peak = 0;
  uint32_t queue_length = 0;
};

} // namespace ajit
