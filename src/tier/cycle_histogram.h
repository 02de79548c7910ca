//===- cycle_histogram.h - A distribution of durations in fixed space --------------------------------------------===//
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>

namespace ajit {

/// Counts durations in buckets an eighth of a power of two wide. Any thread may add. All accesses are relaxed: a
/// percentile that is read while others add is as good with the latest sample as without it.
class CycleHistogram {
public:
  void add(uint64_t cycles) { buckets_[bucket_of(cycles)].fetch_add(1, std::memory_order_relaxed); }

  uint64_t count() const {
    uint64_t total = 0;
    for (const auto& bucket : buckets_)
      total += bucket.load(std::memory_order_relaxed);
    return total;
  }

  /// The smallest duration that at least a `share` (0 … 1) of the samples do not exceed, rounded up to the end of its
  /// bucket. 0 if there are no samples.
  uint64_t percentile(double share) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count())));
    uint64_t seen = 0;
    uint64_t result = 0;
    for (unsigned index = 0; index < bucket_count && (seen == 0 || seen < wanted); ++index) {
      const uint64_t here = buckets_[index].load(std::memory_order_relaxed);
      seen += here;
      if (here != 0) result = last_of(index);
    }
    return result;
  }

private:
  // Each duration below 8 has its own bucket; above, the three bits after the leading one choose among eight.
  static constexpr unsigned steps = 8;
  static constexpr unsigned bucket_count = steps * 62;

  static constexpr unsigned bucket_of(uint64_t cycles) {
    if (cycles < steps) return static_cast<unsigned>(cycles);
    const auto octave = static_cast<unsigned>(std::bit_width(cycles)) - 4;
    return (octave + 1) * steps + static_cast<unsigned>((cycles >> octave) & (steps - 1));
  }

  static constexpr uint64_t last_of(unsigned index) {
    if (index < steps) return index;
    const unsigned octave = index / steps - 1;
    return ((uint64_t{index % steps + steps} + 1) << octave) - 1;
  }

  std::array<std::atomic<uint64_t>, bucket_count> buckets_{};
};

} // namespace ajit
