//===- time_report.h - Where compile time goes --------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"
#include "tier.h"

#include <array>
#include <cstdint>

namespace ajit {

/// Sums over all compiles at one tier, in milliseconds of wall time on the compiling threads.
struct TierTimes {
  uint64_t units = 0;
  uint64_t bodies = 0;
  uint64_t continuations = 0;
  uint64_t imported = 0;
  double wait_ms = 0;     ///< waiting for a compile context
  double build_ms = 0;    ///< reading bodies, canonical form, unit
  double pipeline_ms = 0; ///< passes
  double codegen_ms = 0;
  double link_ms = 0;

  TierTimes& operator+=(const TierTimes& other);
};

/// Thread-safe.
class TimeReport {
public:
  void add(Tier tier, const TierTimes& times) AJIT_EXCLUDES(mutex_);
  std::array<TierTimes, tier_count> totals() const AJIT_EXCLUDES(mutex_);

private:
  mutable Mutex mutex_;
  std::array<TierTimes, tier_count> tiers_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
