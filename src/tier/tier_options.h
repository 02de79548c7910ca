//===- tier_options.h - What the user may choose about tiers -----------------------------------------------------===//
#pragma once

#include "tier.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

namespace ajit {

/// Which calls are timed.
enum class ProfileMode : uint8_t {
  off,     ///< none; counters tick only where a tier is due
  sampled, ///< a few early in each tier, ever fewer later: next_sample() says which
  full,    ///< every call, in the last tier too
};

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

/// What is wrong with `options`, or nothing.
constexpr std::string_view problem_with(const TierOptions& options) {
  if (options.min_tier > options.max_tier) return "the first tier is above the last";
  if (options.thresholds[0] < 1) return "a tier threshold must be at least 1";
  if (options.thresholds[0] > options.thresholds[1] || options.thresholds[1] > options.thresholds[2])
    return "tier thresholds must not decrease";
  if (!options.sync && options.compile_threads < 1) return "background compiles need at least one compile thread";
  return {};
}

} // namespace ajit
