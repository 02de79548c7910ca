//===- poll_flags.h - The bytes that running loops read ----------------------------------------------------------===//
//
// One byte for each depth of loops, so that each loop of a nest reports by itself whether it iterates between two
// strikes of the clock. With one byte for all, the innermost loop would always be the one that finds it set. The
// runtime would not learn that the frame could also leave at the head of the outermost loop, which makes the smaller
// and better continuation.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace ajit {

/// Loops of this depth and deeper share a byte.
inline constexpr uint32_t poll_depths = 8;

/// The byte that loops of `depth` (1: outermost) read.
constexpr uint32_t poll_byte_index(uint32_t depth) { return std::clamp(depth, 1U, poll_depths) - 1; }

/// Hints, so relaxed on all sides: nothing is published through them.
struct PollFlags {
  /// Nonzero: ask. The first member, since generated code addresses the bytes from the start of the structure.
  std::array<std::atomic<uint8_t>, poll_depths> bytes{};
  /// How often the clock has struck: tells one millisecond from the next.
  std::atomic<uint32_t> round{0};

  void set_all(uint8_t value) {
    for (std::atomic<uint8_t>& byte : bytes)
      byte.store(value, std::memory_order_relaxed);
  }

  /// The clock strikes.
  void strike() {
    round.fetch_add(1, std::memory_order_relaxed);
    set_all(1);
  }

  /// Whether some check has found its byte set, and cleared it.
  bool any_clear() const {
    return std::any_of(bytes.begin(), bytes.end(),
                       [](const std::atomic<uint8_t>& byte) { return byte.load(std::memory_order_relaxed) == 0; });
  }
};

} // namespace ajit
