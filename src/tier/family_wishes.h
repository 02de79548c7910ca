//===- family_wishes.h - What forked children needed, told to their parents ---------------------------------------===//
//
// Problem: a shell forks a child for each command substitution. Each child calls functions that its parent never calls,
// and compiles them. All children compile the same functions, and a child's code is lost when the child ends.
//
// Approach: a process shares memory with all of its descendants. A child notes there, once, each function and tier that
// it has compiled or would have liked to have. A process that forks looks there after each fork and compiles these in
// the background; children that it forks later have them from the start. (Debian's dash, 100 substitutions that fork
// twice: 1.9 s of processor time instead of 4.4; lli takes 0.6, as it has compiled everything before the first fork.)
//
// The notes are hints. One is lost if there is no room, or if the child is killed while it writes the note. A process
// that looks while a child is still writing a note misses that note.
//
// Rejected: sharing the code itself. A child's code refers to data that it has linked for itself, and memory that any
// process of the family may make executable for all would be an invitation to attackers.
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

  /// Makes the memory that children will share, unless it exists. Call it before a fork, one thread at a time. If there
  /// is no memory, wishes are lost.
  void share();

  /// Notes each wish once for the family. Any thread; never waits or allocates. Does nothing before share().
  void tell(FamilyWish wish);

  /// The next wish that this process has not taken yet, its own included. One thread at a time.
  std::optional<FamilyWish> take();

private:
  static constexpr uint32_t capacity = 1u << 16;

  /// Zero pages until touched.
  struct Shared {
    std::atomic<uint32_t> used;
    /// Function and tier plus 1, stored with release, read with acquire; 0: not written yet.
    std::array<std::atomic<uint32_t>, capacity> wishes;
    std::array<std::atomic<uint8_t>, function_limit> told; ///< by function: a bit for each tier
  };

  std::atomic<Shared*> shared_{nullptr};
  uint32_t taken_ = 0;
};

} // namespace ajit
