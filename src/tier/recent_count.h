//===- recent_count.h - How often something happened lately -------------------------------------------------------===//
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace ajit {

/// Counts events in windows of fixed length and remembers this window and the one before. Any thread may use it.
/// Relaxed, since callers act on an estimate: at a window's end, concurrent adds may fall on either side or be lost.
class RecentCount {
public:
  explicit RecentCount(double window_ms) : window_ms_(window_ms) {}

  void add(double now_ms) {
    const uint64_t window = window_of(now_ms);
    uint64_t seen = current_.load(std::memory_order_relaxed);
    if (seen >> count_bits != window) {
      // Only the window just before this one still counts.
      const uint64_t last = (seen >> count_bits) + 1 == window ? seen & count_mask : 0;
      if (current_.compare_exchange_strong(seen, window << count_bits, std::memory_order_relaxed))
        before_.store(last, std::memory_order_relaxed);
    }
    current_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Events in this window or the one before, whichever has more.
  uint32_t recent(double now_ms) const {
    const uint64_t seen = current_.load(std::memory_order_relaxed);
    const uint64_t age = window_of(now_ms) - (seen >> count_bits);
    if (age > 1) return 0;
    const uint64_t count = seen & count_mask;
    return static_cast<uint32_t>(age == 1 ? count : std::max(count, before_.load(std::memory_order_relaxed)));
  }

private:
  static constexpr unsigned count_bits = 24;
  static constexpr uint64_t count_mask = (uint64_t{1} << count_bits) - 1;

  uint64_t window_of(double now_ms) const { return static_cast<uint64_t>(now_ms / window_ms_); }

  const double window_ms_;
  std::atomic<uint64_t> current_{0}; ///< window number, then the count in it
  std::atomic<uint64_t> before_{0};
};

} // namespace ajit
