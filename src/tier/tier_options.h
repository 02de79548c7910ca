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

/// On-stack replacement: whether a call that is in the midst of a loop goes on in better code.
enum class OsrMode : uint8_t {
  off,   ///< never, and code has no checks
  on,    ///< in loops that keep running
  force, ///< at every check, which compiles on the thread that makes it: for tests
};

/// Read-only once a TierManager has been made with it. docs/osr.md says what is behind each.
struct OsrOptions {
  OsrMode mode = OsrMode::on;
  /// Ticks that make a loop due for a continuation.
  uint32_t ticks = 3;
  /// Time from the clearing of the poll byte to its next setting: what one tick stands for.
  std::chrono::microseconds interval{1000};
  /// With `force`: each check draws, from this, its loop and the number of its checks, whether to go on in the loop,
  /// and else the tier to go on at. Without: at the first check, at the last tier.
  std::optional<uint64_t> seed;
  /// A function of more IR instructions than this, or one with callees, takes so long to compile at the last tier that
  /// its loops go to O1 first, and to the last tier after `slow_factor` times the ticks.
  uint32_t large_function = 3000;
  uint32_t slow_factor = 3;
  /// Ticks of different calls make a loop due only if there are this many times as many.
  uint32_t scattered_factor = 8;
};

/// In synchronous mode there is no clock: a round, in which each loop that turns has a tick, is this many checks of a
/// function.
inline constexpr uint64_t checks_per_tick = uint64_t{1} << 14;

/// A threshold that no function reaches.
inline constexpr uint64_t never = std::numeric_limits<uint64_t>::max();

/// Read-only once a TierManager has been made with it.
struct TierOptions {
  /// The number of the call that makes O1, O2 and O3 due. Not decreasing; equal ones skip a tier.
  std::array<uint64_t, tier_count - 1> thresholds{100, 1000, 10000};
  /// The tier of the first compile; thresholds of tiers up to it are not applied.
  Tier min_tier = Tier::O0;
  /// The last tier; its bodies do not count calls.
  Tier max_tier = Tier::O3;
  /// The call that crosses a threshold compiles and waits. There are no compile threads then, load scales nothing and
  /// nothing goes cold, so a single-threaded program makes the same decisions in every run.
  bool sync = false;
  unsigned compile_threads = 1;
  ProfileMode profile = ProfileMode::sampled;
  /// Hand every decision to the sink given to the TierManager.
  bool explain = false;
  /// A request is dropped if its function has not been called for so long while others wait.
  std::chrono::milliseconds cold_after{50};
  /// Thresholds stay exact while no more than this many requests wait per compile thread.
  uint32_t queue_per_worker = 8;
  /// Functions in one batch of compiles ahead of their first call.
  uint32_t ahead_batch = 16;

  /// For so much processor time a forked child starts no compile of its own: most run another program or end before it
  /// would help them. What they want they tell their parents (family_wishes.h).
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

/// The highest tier that anything can reach: thresholds of `never` close tiers to loops as well.
constexpr Tier last_open_tier(const TierOptions& options) {
  Tier last = options.min_tier;
  for (Tier tier : all_tiers)
    if (tier > last && tier <= options.max_tier && options.thresholds[tier_index(tier) - 1] != never) last = tier;
  return last;
}

/// What is wrong with `options`, or nothing.
constexpr std::string_view problem_with(const TierOptions& options) {
  if (options.min_tier > options.max_tier) return "the first tier is above the last";
  if (options.thresholds[0] < 1) return "a tier threshold must be at least 1";
  if (options.thresholds[0] > options.thresholds[1] || options.thresholds[1] > options.thresholds[2])
    return "tier thresholds must not decrease";
  if (!options.sync && options.compile_threads < 1) return "background compiles need at least one compile thread";
  if (options.osr.ticks < 1) return "a loop cannot be due before its first tick";
  if (options.osr.interval.count() < 50) return "the interval of ticks must be at least 50 microseconds";
  if (options.osr.interval > std::chrono::hours(1)) return "the interval of ticks must be at most an hour";
  if (options.osr.seed && options.osr.mode != OsrMode::force)
    return "a seed of on-stack replacements needs them to be forced";
  return {};
}

} // namespace ajit
