//===- call_schedule.cpp -----------------------------------------------------------------------------------------===//
#include "call_schedule.h"

#include "tier_policy.h"

#include <algorithm>
#include <bit>

namespace ajit {
namespace {

constexpr uint64_t next_multiple(uint64_t calls, uint64_t step) { return (calls / step + 1) * step; }

constexpr uint64_t next_sparse_sample(uint64_t calls) {
  if (calls < 64) return std::max<uint64_t>(2, std::bit_ceil(calls + 1));
  if (calls < 1000) return next_multiple(calls, 64);
  if (calls < 10000) return next_multiple(calls, 512);
  constexpr uint64_t longest_step = uint64_t{1} << 20;
  return calls < longest_step ? std::bit_ceil(calls + 1) : next_multiple(calls, longest_step);
}

/// The first threshold above `calls` of a tier above the installed one.
uint64_t next_threshold(uint64_t calls, Tier installed, const TierOptions& options) {
  for (Tier tier : all_tiers) {
    if (tier <= installed || tier > options.max_tier) continue;
    if (threshold_of(tier, options) > calls) return threshold_of(tier, options);
  }
  return no_call;
}

} // namespace

uint64_t next_sample(uint64_t calls, ProfileMode mode) {
  switch (mode) {
  case ProfileMode::off:
    return no_call;
  case ProfileMode::sampled:
    return next_sparse_sample(calls);
  case ProfileMode::full:
    return calls + 1;
  }
  return no_call;
}

bool is_sample(uint64_t call, ProfileMode mode) { return call > 0 && next_sample(call - 1, mode) == call; }

uint64_t next_event(uint64_t calls, const TierStatus& status, const TierOptions& options) {
  const uint64_t sample = next_sample(calls, options.profile);
  if (!may_rise(status, options)) return sample;

  const bool due = due_tier(calls, status.tier, options) > status.tier;
  const uint64_t ask_again = due ? calls + std::max<uint64_t>(16, calls / 8) : no_call;
  return std::min({sample, next_threshold(calls, status.tier, options), ask_again});
}

} // namespace ajit
