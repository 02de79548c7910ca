//===- tier.h - The optimisation tiers, and small numbers that name things ---------------------------------------===//
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ajit {

/// How much a body of code has been optimised. The numeric value is the tier's rank.
enum class Tier : uint8_t { O0, O1, O2, O3 };

inline constexpr std::size_t tier_count = 4;
inline constexpr std::array<Tier, tier_count> all_tiers{Tier::O0, Tier::O1, Tier::O2, Tier::O3};

constexpr std::size_t tier_index(Tier tier) { return static_cast<std::size_t>(tier); }

/// "O0" … "O3".
constexpr std::string_view tier_name(Tier tier) {
  constexpr std::array<std::string_view, tier_count> names{"O0", "O1", "O2", "O3"};
  return names[tier_index(tier)];
}

/// The next higher tier; O3 stays O3.
constexpr Tier next_tier(Tier tier) { return tier == Tier::O3 ? tier : static_cast<Tier>(tier_index(tier) + 1); }

/// Names a function for the life of its Jit: the index of its stub, its slot, its counter and its profile.
enum class FunctionId : uint32_t {};

/// A Jit has room for so many functions: the arrays that a FunctionId indexes have this length.
inline constexpr uint32_t function_limit = 1U << 20;

constexpr uint32_t index_of(FunctionId id) { return static_cast<uint32_t>(id); }

} // namespace ajit
