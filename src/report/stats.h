//===- stats.h - What a Jit has done so far -----------------------------------------------------------------------===//
#pragma once

#include "profile_snapshot.h"
#include "time_report.h"

#include <array>
#include <string>
#include <vector>

namespace ajit {

/// A snapshot; plain data.
struct Stats {
  std::vector<ProfileSnapshot> functions; ///< functions that have a body, by id
  TierStats tiers;
  std::array<TierTimes, tier_count> times;
  double uptime_ms = 0;
  double cycles_per_ms = 0;
  uint64_t functions_defined = 0;
  uint64_t code_bytes = 0; ///< of the slab's code, used
  uint64_t rodata_bytes = 0;
  uint64_t data_bytes = 0;
};

/// A table to read: functions by calls, then totals. In colour if `colour`.
std::string stats_table(const Stats& stats, bool colour);

/// The same as one JSON object.
std::string stats_json(const Stats& stats);

/// Where compile time went, by tier and phase.
std::string time_table(const Stats& stats);

} // namespace ajit
