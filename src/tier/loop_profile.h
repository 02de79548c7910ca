//===- loop_profile.h - The profile of one loop -------------------------------------------------------------------===//
//
// A loop is identified by its function and its index among the function's loops, on which all bodies of the function
// agree. One pointer in the function's profile leads to the loops' profiles. It is set before the first body is
// published and never changes.
//
// Ticks and counts are relaxed: they are statistics, and hints when to look. A frame that goes on in a continuation
// relies on the continuation's code, which is published through `entries`: a release store after the code is complete,
// an acquire load by the thread that jumps there.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_facts.h"
#include "compile_queue.h"
#include "decision_record.h"
#include "loop_state.h"
#include "profile_snapshot.h"
#include "tier_compiler.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

/// The figures of one continuation of a loop.
class ContinuationFigures {
public:
  void set_installed(double now_ms, CompileCost cost) {
    published_ms_.store(now_ms, std::memory_order_relaxed);
    microseconds_.store(cost.microseconds, std::memory_order_relaxed);
    code_bytes_.store(cost.code_bytes, std::memory_order_relaxed);
  }

  /// A frame has gone on in it. Any thread.
  void add_entry() { entered_.fetch_add(1, std::memory_order_relaxed); }

  ContinuationSnapshot snapshot(bool installed) const {
    return {.installed = installed,
            .entered = entered_.load(std::memory_order_relaxed),
            .published_ms = published_ms_.load(std::memory_order_relaxed),
            .cost = {.microseconds = microseconds_.load(std::memory_order_relaxed),
                     .code_bytes = code_bytes_.load(std::memory_order_relaxed)}};
  }

private:
  std::atomic<uint64_t> entered_{0};
  std::atomic<double> published_ms_{0};
  std::atomic<uint32_t> microseconds_{0};
  std::atomic<uint32_t> code_bytes_{0};
};

struct LoopProfile {
  LoopFacts facts; ///< from the first body; fixed before anything can find the profile

  std::array<std::atomic<void*>, tier_count> entries{}; ///< of continuations; null at tiers without one
  std::atomic<LoopStatus> status{};
  std::atomic<uint64_t> ticks{0};
  std::atomic<uint64_t> ticks_in_call{0}; ///< since the last tick before which the function was called
  std::atomic<uint64_t> calls_at_tick{0}; ///< of the function
  std::atomic<uint32_t> last_round{0};    ///< of its last tick: it has one per round at most
  std::atomic<uint64_t> checks{0};        ///< requests; counted only where the policy draws for them
  std::array<ContinuationFigures, tier_count> tiers;
  CompileRequest request{CompileRequest::Kind::loop}; ///< the loop's place in the queue
  Interest interest;                                  ///< in the compile under way
  std::atomic<uint32_t> asked_in_round{0};            ///< for the compile under way
  std::atomic<bool> has_given_way{false};             ///< to another loop; a loop gives way once

  /// The loop was found running when its function had been called `calls` times. Any thread; where threads race, a tick
  /// may count for the wrong call.
  void add_tick(uint64_t calls) {
    ticks.fetch_add(1, std::memory_order_relaxed);
    if (calls_at_tick.exchange(calls, std::memory_order_relaxed) == calls)
      ticks_in_call.fetch_add(1, std::memory_order_relaxed);
    else
      ticks_in_call.store(1, std::memory_order_relaxed);
  }

  /// A continuation and its tier.
  struct Continuation {
    void* entry = nullptr;
    Tier tier = Tier::O0;
  };

  /// The highest continuation above `tier`; a null entry if there is none yet.
  Continuation best_above(Tier tier) const {
    for (std::size_t i = tier_count; i-- > tier_index(tier) + 1;)
      if (void* entry = entries[i].load(std::memory_order_acquire)) return {entry, all_tiers[i]};
    return {};
  }
};

/// The loops of one function, by index. Only the atomic members change.
struct LoopTable {
  LoopTable(std::vector<LoopFacts> facts, FunctionSize of_function)
      : size(of_function), count(static_cast<uint32_t>(facts.size())),
        profiles(std::make_unique<LoopProfile[]>(facts.size())) {
    for (uint32_t i = 0; i != count; ++i)
      profiles[i].facts = std::move(facts[i]);
  }

  const FunctionSize size;
  const uint32_t count;
  const std::unique_ptr<LoopProfile[]> profiles;
  std::atomic<uint64_t> ticks{0};      ///< rounds in which a loop had a tick, plus frames that went on in continuations
  std::atomic<uint32_t> last_round{0}; ///< in which some loop had a tick
  std::atomic<uint64_t> checks{0};     ///< of all loops; counted only without a clock

  /// Whether `outer` is around `inner`. A loop does not enclose itself.
  bool encloses(uint32_t outer, uint32_t inner) const {
    do
      inner = profiles[inner].facts.around;
    while (inner != no_loop && inner != outer);
    return inner != no_loop;
  }
};

} // namespace ajit
