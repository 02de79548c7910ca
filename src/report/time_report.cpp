#include "time_report.h"

namespace ajit {

TierTimes& TierTimes::operator+=(const TierTimes& other) {
  units += other.units;
  bodies += other.bodies;
  continuations += other.continuations;
  imported += other.imported;
  wait_ms += other.wait_ms;
  build_ms += other.build_ms;
  pipeline_ms += other.pipeline_ms;
  codegen_ms += other.codegen_ms;
  link_ms += other.link_ms;
  return *this;
}

void TimeReport::add(Tier tier, const TierTimes& times) {
  MutexLock lock(mutex_);
  tiers_[tier_index(tier)] += times;
}

std::array<TierTimes, tier_count> TimeReport::totals() const {
  MutexLock lock(mutex_);
  return tiers_;
}

} // namespace ajit
