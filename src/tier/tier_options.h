//===- tier_options.h - What the user may choose about tiers -----------------------------------------------------===//
#pragma once

#include "tier.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace ajit {

/// Which calls are timed.
enum class ProfileMode : uint8_t {
  off,     ///< none; counters tick only where a tier is due
  sampled, ///< a few early in each tier, ever fewer later: next_sample() says which
  full,    ///< every call, in the last tier too
};

/// On-stack replacement: whether a call that is running a loop goes on in better code.
enum class OsrMode : uint8_t {
  off,   ///< never, and code has no checks
  on,    ///< in loops that keep running
  force, ///< at every check; the thread that makes it compiles. For tests
};

/// Read-only once a TierManager has been made with it. docs/osr.md explains each option.
struct OsrOptions {
  OsrMode mode = OsrMode::on;
  /// Ticks that make a loop due for a continuation.
  uint32_t ticks = 3;
  /// Time from the clearing of a poll byte until the clock sets it again: the running time that a tick stands for.
  std::chrono::microseconds interval{1000};
  /// With `force`: each check draws from this seed, its loop and the number of its checks whether to stay in the loop,
  /// and if not, the tier to go on at. Without a seed, frames leave at the first check, for the last tier.
  std::optional<uint64_t> seed;
  /// A function with more IR instructions than this, or with callees, takes long to compile at the last tier. So its
  /// loops go to O1 first, and to the last tier after `slow_factor` times the ticks.
  uint32_t large_function = 3000;
  uint32_t slow_factor = 3;
  /// It takes this many times as many ticks to make a loop due if they come from different calls.
  uint32_t scattered_factor = 8;
};

/// Synchronous mode has no clock. A round, in which each running loop has a tick, is this many checks of a function.
inline constexpr uint64_t checks_per_tick = uint64_t{1} << 14;

/// A threshold that no function reaches.
inline constexpr uint64_t never = std::numeric_limits<uint64_t>::max();

/// Read-only once a TierManager has been made with it.
struct TierOptions {
  /// The number of the call that makes O1, O2 and O3 due. Must not decrease; equal ones skip a tier.
  std::array<uint64_t, tier_count - 1> thresholds{100, 1000, 10000};
  /// The tier of the first compile; thresholds of tiers up to it are not applied.
  Tier min_tier = Tier::O0;
  /// The last tier; its bodies do not count calls.
  Tier max_tier = Tier::O3;
  /// The call that crosses a threshold compiles and waits. There are then no compile threads, load does not scale
  /// thresholds and no request goes cold. So a single-threaded program makes the same decisions in every run.
  bool sync = false;
  unsigned compile_threads = 1;
  ProfileMode profile = ProfileMode::sampled;
  /// Hand every decision to the sink given to the TierManager.
  bool explain = false;
  /// A worker drops a request if its function has not been called for this long and other requests wait.
  std::chrono::milliseconds cold_after{50};
  /// Thresholds stay exact while no more than this many requests wait per compile thread.
  uint32_t queue_per_worker = 8;
  /// Where compile threads share their processors, compiles must pay (tier_policy.h, "Cost").
  bool weigh_costs = true;
  /// A tier-up takes others of its module along while the unit has no more IR instructions than this; 0: never.
  uint32_t unit_instructions = 2500;
  /// From O2 on it takes along functions that have this part of the calls that make the tier due, 1 / companion_part.
  uint64_t companion_part = 4;
  /// Functions in one batch of compiles ahead of their first call.
  uint32_t ahead_batch = 16;

  /// A forked child starts no background compile until it has used this much processor time: most children run another
  /// program or end before it would help them. They tell their parents what they want (family_wishes.h).
  std::chrono::milliseconds fork_youth{20};

  OsrOptions osr{};

  /// Whether loops of a body or continuation compiled at `tier` have checks; check_policy.h says which.
  bool polls_loops(Tier tier) const { return osr.mode != OsrMode::off && tier < max_tier; }

  /// Whether a body compiled at `tier` begins with the counter.
  bool counts_calls(Tier tier) const {
    if (profile == ProfileMode::full) return true;
    if (tier >= max_tier) return false;
    return profile == ProfileMode::sampled || thresholds[tier_index(tier)] != never;
  }
};

/// The number of the call that makes `tier` due; O0 is due from the start.
inline uint64_t threshold_of(Tier tier, const TierOptions& options) {
  return tier == Tier::O0 ? 0 : options.thresholds[tier_index(tier) - 1];
}

/// The highest tier that functions and loops can reach: thresholds of `never` close tiers to loops as well.
constexpr Tier last_open_tier(const TierOptions& options) {
  Tier last = options.min_tier;
  for (Tier tier : all_tiers)
    if (tier > last && tier <= options.max_tier && options.thresholds[tier_index(tier) - 1] != never) last = tier;
  return last;
}

/// The running time that `ticks` of loops stand for, in milliseconds.
inline double loop_ms(uint64_t ticks, const TierOptions& options) {
  return static_cast<double>(ticks) * std::chrono::duration<double, std::milli>(options.osr.interval).count();
}

/// What is wrong with `options`; empty if they are valid.
constexpr std::string_view problem_with(const TierOptions& options) {
  if (options.min_tier > options.max_tier) return "the first tier is above the last";
  if (options.thresholds[0] < 1) return "a tier threshold must be at least 1";
  if (options.thresholds[0] > options.thresholds[1] || options.thresholds[1] > options.thresholds[2])
    return "tier thresholds must not decrease";
  if (!options.sync && options.compile_threads < 1) return "background compiles need at least one compile thread";
  if (options.osr.ticks < 1) return "the number of ticks (--osr-ticks) must be at least 1";
  if (options.osr.interval.count() < 50) return "the interval of ticks must be at least 50 microseconds";
  if (options.osr.interval > std::chrono::hours(1)) return "the interval of ticks must be at most an hour";
  if (options.osr.seed && options.osr.mode != OsrMode::force)
    return "a seed (--osr-seed) requires forced on-stack replacement (--osr=force)";
  return {};
}

} // namespace ajit
