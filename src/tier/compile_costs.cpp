//===- compile_costs.cpp -----------------------------------------------------------------------------------------===//
#include "compile_costs.h"

#include <algorithm>
#include <sched.h>

namespace ajit {
namespace {

/// A unit takes as long as if it had so many instructions more.
constexpr double fixed_instructions = 300;

/// Before the first compile, by tier. Most of it is the inlining of callees.
constexpr std::array<float, tier_count> first_rates{2, 10, 15, 25};

/// The part of a rate that the `number`-th compile replaces.
double learning(uint32_t number) { return std::max(0.125, 1.0 / (number + 1)); }

/// Time that says whether there is a processor free, and after which older compiles count half.
constexpr double telling_ms = 4;
constexpr double recent_ms = 50;

constexpr double free_share = 0.8;

double weight(const CompileSize& size) { return static_cast<double>(size.instructions) + fixed_instructions; }

} // namespace

unsigned usable_processors() {
  cpu_set_t usable;
  return sched_getaffinity(0, sizeof usable, &usable) == 0 ? static_cast<unsigned>(CPU_COUNT(&usable)) : 2;
}

CompileCosts::CompileCosts(unsigned processors) : one_processor_(processors == 1) {
  for (Tier tier : all_tiers)
    for (Rates* rates : {&of_bodies_, &of_continuations_})
      (*rates)[tier_index(tier)].value.store(first_rates[tier_index(tier)], std::memory_order_relaxed);
}

void CompileCosts::add(const CompileSize& size, const CompileTime& time) {
  Rate& rate = rates(size.continuation)[tier_index(size.tier)];
  const double seen = rate.value.load(std::memory_order_relaxed);
  const double measured = time.cpu_ms * 1000 / weight(size);
  const double part = learning(rate.compiles.fetch_add(1, std::memory_order_relaxed));
  rate.value.store(static_cast<float>(seen + (measured - seen) * part), std::memory_order_relaxed);

  double cpu = recent_cpu_ms_.load(std::memory_order_relaxed) + time.cpu_ms;
  double wall = recent_wall_ms_.load(std::memory_order_relaxed) + time.wall_ms;
  if (wall > recent_ms) {
    cpu *= recent_ms / 2 / wall;
    wall = recent_ms / 2;
  }
  recent_cpu_ms_.store(static_cast<float>(cpu), std::memory_order_relaxed);
  recent_wall_ms_.store(static_cast<float>(wall), std::memory_order_relaxed);
}

double CompileCosts::expected_ms(const CompileSize& size) const {
  return rates(size.continuation)[tier_index(size.tier)].value.load(std::memory_order_relaxed) * weight(size) / 1000;
}

bool CompileCosts::contended() const {
  if (one_processor_) return true;
  const float wall = recent_wall_ms_.load(std::memory_order_relaxed);
  return wall >= telling_ms && recent_cpu_ms_.load(std::memory_order_relaxed) < free_share * wall;
}

} // namespace ajit
