//===- call_counter.h - Counts calls with one decrement in machine code ------------------------------------------===//
//
// A body begins with `subl $1, counter; jle tick`. The counter holds how many calls remain until the next event, so
//
//   calls so far = calls granted − counter.
//
// A call that ticks has been counted. It then goes through its slot again, to the body that is installed by then, whose
// prologue counts it once more. So a refill for `distance` more calls stores distance + 1. With one thread the tick
// comes at exactly the call it was planned for.
//
// With several threads, `subl` is not atomic (a lock prefix would cost 20 cycles in every call):
// - Decrements are lost when two threads collide. The tick comes a few calls late.
// - Two threads may tick for one event. The compare-and-swap lets one of them have it; the other adds one call for its
//   second pass through the prologue and goes on. No thread waits.
// - A `subl` that reads the counter before a refill and writes after it undoes the refill. The next tick then comes
//   sooner than the granted calls could have run. take_tick() repeats the refill without granting calls; otherwise
//   calls would be counted that were never made. (Refills for less than a hundred calls are too short to tell; those
//   calls are few.)
//
// Counts are relaxed: they decide when a thread looks, not what it sees.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

namespace ajit {

/// The call that ticked for an event.
struct Tick {
  uint64_t calls = 0;   ///< made so far, this one included
  uint64_t planned = 0; ///< the call that the counter was set to stop at; less than `calls` only if threads race
};

/// Pairs one counter that machine code decrements with the number of calls granted through it.
class CallCounter {
public:
  /// Attaches `machine` and lets it tick at call number `first_event`. To be called once, before any body that counts
  /// runs.
  void start(std::atomic<int32_t>& machine, uint64_t first_event) {
    const uint64_t distance = std::min(first_event, longest_distance);
    granted_.store(distance, std::memory_order_relaxed);
    distance_.store(distance, std::memory_order_relaxed);
    machine.store(static_cast<int32_t>(distance), std::memory_order_relaxed);
    machine_.store(&machine, std::memory_order_release);
  }

  /// Whether start() has been called; what its caller did before is then visible.
  bool started() const { return machine_.load(std::memory_order_acquire) != nullptr; }

  /// Called once per tick, before the call is dispatched again; `now` is in cycles. Refills the counter for
  /// `next_event(calls)`, the number of a later call. Returns nothing if another thread has had this event.
  template <typename NextEvent> std::optional<Tick> take_tick(uint64_t now, NextEvent next_event) {
    std::atomic<int32_t>& machine = this->machine();
    int32_t remaining = machine.load(std::memory_order_relaxed);
    while (remaining <= 0) {
      const uint64_t granted = granted_.load(std::memory_order_relaxed);
      const uint64_t last_distance = distance_.load(std::memory_order_relaxed);
      const bool undone = refill_was_undone(now - refilled_at_.load(std::memory_order_relaxed), last_distance);

      const uint64_t calls = granted - static_cast<uint64_t>(static_cast<int64_t>(remaining));
      const uint64_t distance = undone ? last_distance : std::min(next_event(calls) - calls, longest_distance);
      if (!machine.compare_exchange_weak(remaining, static_cast<int32_t>(distance) + 1, std::memory_order_relaxed))
        continue;
      if (undone) return std::nullopt;

      granted_.fetch_add(calls - granted + distance, std::memory_order_relaxed);
      distance_.store(distance, std::memory_order_relaxed);
      refilled_at_.store(now, std::memory_order_relaxed);
      return Tick{.calls = calls, .planned = granted};
    }
    machine.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }

  /// For a call that has just ticked and will be dispatched to a body that does not count: takes back what take_tick()
  /// added for it.
  void skip_second_count() { machine().fetch_sub(1, std::memory_order_relaxed); }

  /// Calls made so far; one too few between a tick and its second dispatch.
  uint64_t calls() const {
    if (!started()) return 0;
    const int64_t remaining = machine().load(std::memory_order_relaxed);
    const auto granted = static_cast<int64_t>(granted_.load(std::memory_order_relaxed));
    return static_cast<uint64_t>(std::max<int64_t>(0, granted - remaining));
  }

  /// Whether a tick `elapsed` cycles after a refill for `distance` calls cannot be due to those calls: a call through a
  /// slot takes four jumps, more than a cycle on any processor.
  static constexpr bool refill_was_undone(uint64_t elapsed, uint64_t distance) { return elapsed < distance; }

private:
  static constexpr uint64_t longest_distance = uint64_t{1} << 30;

  std::atomic<int32_t>& machine() const { return *machine_.load(std::memory_order_relaxed); }

  std::atomic<std::atomic<int32_t>*> machine_{nullptr};
  std::atomic<uint64_t> granted_{0};
  std::atomic<uint64_t> distance_{0};    ///< of the last refill
  std::atomic<uint64_t> refilled_at_{0}; ///< cycles; 0 at the start, so the first tick is never taken for an undone one
};

} // namespace ajit
