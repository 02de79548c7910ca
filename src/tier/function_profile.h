//===- function_profile.h - What is known about one function -----------------------------------------------------===//
//
// Figures are statistics, in relaxed atomics. They publish nothing: no thread reads one and then relies on another
// having been written, so each needs only to be free of tearing. A reader may see a sample's cycles before its count.
// Decisions exclude one another through `status`, which is exchanged with acquire and release.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "call_counter.h"
#include "compile_queue.h"
#include "function_state.h"
#include "loop_profile.h"
#include "profile_snapshot.h"
#include "tier_compiler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace ajit {

/// The figures of one body of a function.
class TierFigures {
public:
  /// Adds one timed call. Any thread.
  void add_timed_call(uint64_t cycles) {
    timed_calls_.fetch_add(1, std::memory_order_relaxed);
    cycles_total_.fetch_add(cycles, std::memory_order_relaxed);
    widths_total_.fetch_add(static_cast<uint64_t>(std::bit_width(cycles)), std::memory_order_relaxed);
    lower(cycles_min_, cycles);
    raise(cycles_max_, cycles);
  }

  /// Records that the body was published, after `calls` calls of the function.
  void set_installed(uint64_t calls, double now_ms, CompileCost cost) {
    calls_before_.store(calls, std::memory_order_relaxed);
    published_ms_.store(now_ms, std::memory_order_relaxed);
    microseconds_.store(cost.microseconds, std::memory_order_relaxed);
    code_bytes_.store(cost.code_bytes, std::memory_order_relaxed);
    installed_.store(true, std::memory_order_relaxed);
  }

  /// What the calls since the body was published have taken, when the function has been called `calls` times: as many
  /// calls of the geometric mean of those that were timed. (Some were interrupted, or waited for the first body of a
  /// callee, and took a thousand times as long as the others.) Infinite if nothing is known.
  double cycles_of(uint64_t calls) const {
    const uint64_t timed = timed_calls();
    if (timed == 0) return std::numeric_limits<double>::infinity();
    const auto widths = static_cast<double>(widths_total_.load(std::memory_order_relaxed));
    const double mean = std::exp2(widths / static_cast<double>(timed) - 0.5);
    return mean * static_cast<double>(calls - std::min(calls, calls_before()));
  }

  uint64_t timed_calls() const { return timed_calls_.load(std::memory_order_relaxed); }
  uint64_t calls_before() const { return calls_before_.load(std::memory_order_relaxed); }
  double published_ms() const { return published_ms_.load(std::memory_order_relaxed); }

  TierSnapshot snapshot() const {
    const uint64_t timed = timed_calls();
    return {.installed = installed_.load(std::memory_order_relaxed),
            .calls_before = calls_before(),
            .timed_calls = timed,
            .cycles_total = cycles_total_.load(std::memory_order_relaxed),
            .cycles_min = timed == 0 ? 0 : cycles_min_.load(std::memory_order_relaxed),
            .cycles_max = cycles_max_.load(std::memory_order_relaxed),
            .published_ms = published_ms(),
            .cost = {.microseconds = microseconds_.load(std::memory_order_relaxed),
                     .code_bytes = code_bytes_.load(std::memory_order_relaxed)}};
  }

private:
  static void lower(std::atomic<uint64_t>& figure, uint64_t value) {
    uint64_t seen = figure.load(std::memory_order_relaxed);
    while (value < seen && !figure.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
  }
  static void raise(std::atomic<uint64_t>& figure, uint64_t value) {
    uint64_t seen = figure.load(std::memory_order_relaxed);
    while (value > seen && !figure.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
  }

  std::atomic<uint64_t> timed_calls_{0};
  std::atomic<uint64_t> cycles_total_{0};
  std::atomic<uint64_t> widths_total_{0}; ///< of the cycles, in bits
  std::atomic<uint64_t> cycles_min_{std::numeric_limits<uint64_t>::max()};
  std::atomic<uint64_t> cycles_max_{0};
  std::atomic<uint64_t> calls_before_{0};
  std::atomic<double> published_ms_{0};
  std::atomic<uint32_t> microseconds_{0};
  std::atomic<uint32_t> code_bytes_{0};
  std::atomic<bool> installed_{false};
};

/// All that is kept per function. Lives as long as the ProfileTable, at a fixed address.
struct FunctionProfile {
  FunctionProfile() = default;
  ~FunctionProfile() { delete loops.load(std::memory_order_relaxed); }
  FunctionProfile(const FunctionProfile&) = delete;
  FunctionProfile& operator=(const FunctionProfile&) = delete;

  CallCounter counter;
  std::atomic<TierStatus> status{};
  std::array<TierFigures, tier_count> tiers;
  /// The function's places in the queue: one request of each kind at most.
  CompileRequest tier_up{CompileRequest::Kind::tier_up};
  CompileRequest ahead{CompileRequest::Kind::ahead};
  /// Owned; set once, with release, before the first body is published. Null if no continuations are made for the
  /// function.
  std::atomic<LoopTable*> loops{nullptr};
};

} // namespace ajit
