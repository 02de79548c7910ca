//===- compile_costs.h - What compiles cost on this machine -------------------------------------------------------===//
//
// Two figures, learned from each compile: the processor time that a tier takes per instruction, and whether the compile
// threads find a processor free. A thread that computes all the time and gets less processor time than time has passed
// shares its processor, and each of its milliseconds may be one that the program waits for.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "clock.h"
#include "tier.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace ajit {

/// A compile as its cost is predicted.
struct CompileSize {
  Tier tier = Tier::O1;
  uint64_t instructions = 0; ///< of the IR of its functions
  bool continuation = false; ///< of one loop
};

/// The time that a compile took.
struct CompileTime {
  double cpu_ms = 0; ///< of its thread
  double wall_ms = 0;
};

/// Measures a compile on the thread that makes it, from the timer's construction on.
class CompileTimer {
public:
  CompileTime elapsed() const {
    return {.cpu_ms = thread_cpu_ms() - cpu_ms_, .wall_ms = milliseconds(start_, SteadyClock::now())};
  }

private:
  const SteadyClock::time_point start_ = SteadyClock::now();
  const double cpu_ms_ = thread_cpu_ms();
};

/// Processors that the calling thread may run on.
unsigned usable_processors();

/// Statistics: threads may call everything at once, and an update may get lost.
class CompileCosts {
public:
  /// With one processor alone, compiles take time from the program from the start.
  explicit CompileCosts(unsigned processors = usable_processors());

  void add(const CompileSize& size, const CompileTime& time);

  /// In milliseconds of processor time.
  double expected_ms(const CompileSize& size) const;

  /// Whether compile threads have no processor to themselves, or clearly less than one of late. False until that is
  /// known.
  bool contended() const;

private:
  struct Rate {
    std::atomic<float> value{0}; ///< microseconds per instruction
    std::atomic<uint32_t> compiles{0};
  };
  using Rates = std::array<Rate, tier_count>;

  Rates& rates(bool continuation) { return continuation ? of_continuations_ : of_bodies_; }
  const Rates& rates(bool continuation) const { return continuation ? of_continuations_ : of_bodies_; }

  Rates of_bodies_;
  Rates of_continuations_;
  const bool one_processor_;
  std::atomic<float> recent_cpu_ms_{0};
  std::atomic<float> recent_wall_ms_{0};
};

} // namespace ajit
