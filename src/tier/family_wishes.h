//===- family_wishes.h - What forked children needed, told to their parents ---------------------------------------===//
//
// Problem: a shell forks a child for each command substitution. Each child calls functions that its parent never does
// and compiles them, all children the same ones, and what a child compiles is gone with it.
//
// Approach: memory that the process shares with all that descend from it, in which a child notes once what it has made
// or would have liked to have: function and tier. Who forks looks there after each fork and compiles it in the
// background; children that are forked after that have it from the start. (Debian's dash, 100 substitutions that fork
// twice: 1.9 s of processor time instead of 4.4; lli takes 0.6, as it has compiled everything before the first fork.)
//
// The notes are hints. One is lost if a child is killed in the midst of making it, or if there is no room.
//
// Rejected: sharing the code itself (a child's code refers to data that it has linked for itself, and memory that any
// process of the family may make executable for all would be an invitation).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace ajit {

/// A function, and the tier that a child wanted it at.
struct FamilyWish {
  FunctionId id{};
  Tier tier = Tier::O0;
};

class FamilyWishes {
public:
  FamilyWishes() = default;
  ~FamilyWishes();
  FamilyWishes(const FamilyWishes&) = delete;
  FamilyWishes& operator=(const FamilyWishes&) = delete;

  /// Before a fork: makes the memory that the child will share, unless there is some. One thread at a time. Without
  /// memory nobody hears of anything.
  void share();

  /// Tells the family, once for each wish. Any thread; never waits or allocates. Before share() nothing.
  void tell(FamilyWish wish);

  /// The next wish that this process has not taken yet, its own included. One thread at a time.
  std::optional<FamilyWish> take();

private:
  static constexpr uint32_t capacity = 1u << 16;
  static constexpr uint32_t max_functions = 1u << 20;

  /// Zero pages until they are touched.
  struct Shared {
    std::atomic<uint32_t> used;
    /// Function and tier plus 1, stored with release, read with acquire; 0: not written yet.
    std::array<std::atomic<uint32_t>, capacity> wishes;
    std::array<std::atomic<uint8_t>, max_functions> told; ///< by function: a bit for each tier
  };

  std::atomic<Shared*> shared_{nullptr};
  uint32_t taken_ = 0;
};

} // namespace ajit
