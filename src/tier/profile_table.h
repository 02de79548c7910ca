//===- profile_table.h - Profiles by function, found without a lock ----------------------------------------------===//
//
// Functions are added while others run. Machine code and the queue keep pointers to profiles, so profiles must not
// move. Segments double in size: segment k holds 64 × 2^k profiles, 27 of them cover every FunctionId, and a lookup
// takes two shifts and one load. (A deque would do but for its lock; fixed chunks need a directory sized for the worst
// case.)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_profile.h"
#include "tier.h"

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <memory>

namespace ajit {

/// Append-only. Any thread may use any function at any time.
class ProfileTable {
public:
  ProfileTable() = default;
  ~ProfileTable() {
    for (auto& segment : segments_)
      delete[] segment.load(std::memory_order_relaxed);
  }
  ProfileTable(const ProfileTable&) = delete;
  ProfileTable& operator=(const ProfileTable&) = delete;

  /// The profile of `id`; makes it if necessary.
  FunctionProfile& add(FunctionId id) {
    const Place place = place_of(id);
    std::atomic<FunctionProfile*>& segment = segments_[place.segment];
    FunctionProfile* profiles = segment.load(std::memory_order_acquire);
    if (profiles == nullptr) {
      auto fresh = std::make_unique<FunctionProfile[]>(segment_size(place.segment));
      // Release: a thread that finds the segment finds its profiles constructed. The loser of a race uses the winner's.
      if (segment.compare_exchange_strong(profiles, fresh.get(), std::memory_order_acq_rel, std::memory_order_acquire))
        profiles = fresh.release();
    }
    raise_end(index_of(id) + 1);
    return profiles[place.offset];
  }

  /// The profile of an `id` that has been added.
  FunctionProfile& operator[](FunctionId id) const {
    const Place place = place_of(id);
    FunctionProfile* profiles = segments_[place.segment].load(std::memory_order_acquire);
    assert(profiles != nullptr && "the function has been prepared");
    return profiles[place.offset];
  }

  /// Whether `id` has been added and its counter started.
  bool has(FunctionId id) const {
    if (index_of(id) >= end_.load(std::memory_order_acquire)) return false;
    const Place place = place_of(id);
    FunctionProfile* profiles = segments_[place.segment].load(std::memory_order_acquire);
    return profiles != nullptr && profiles[place.offset].counter.started();
  }

  /// Calls `visit(id, profile)` for every started profile, in order of id.
  template <typename Visit> void for_each(Visit visit) const {
    const uint32_t end = end_.load(std::memory_order_acquire);
    for (uint32_t index = 0; index < end; ++index) {
      const FunctionId id{index};
      const Place place = place_of(id);
      FunctionProfile* profiles = segments_[place.segment].load(std::memory_order_acquire);
      if (profiles != nullptr && profiles[place.offset].counter.started()) visit(id, profiles[place.offset]);
    }
  }

private:
  struct Place {
    unsigned segment;
    uint64_t offset;
  };

  static constexpr unsigned first_size_log2 = 6;
  static constexpr unsigned segment_count = 33 - first_size_log2;

  static constexpr uint64_t segment_size(unsigned segment) { return uint64_t{1} << (segment + first_size_log2); }

  static constexpr Place place_of(FunctionId id) {
    const uint64_t shifted = uint64_t{index_of(id)} + segment_size(0);
    const auto segment = static_cast<unsigned>(std::bit_width(shifted)) - 1 - first_size_log2;
    return {.segment = segment, .offset = shifted - segment_size(segment)};
  }

  void raise_end(uint32_t end) {
    uint32_t seen = end_.load(std::memory_order_relaxed);
    while (end > seen && !end_.compare_exchange_weak(seen, end, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

  std::array<std::atomic<FunctionProfile*>, segment_count> segments_{};
  std::atomic<uint32_t> end_{0}; ///< one past the highest id added
};

} // namespace ajit
