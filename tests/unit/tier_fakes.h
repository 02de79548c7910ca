//===- tier_fakes.h - A compiler and a program, for testing tiering without machine code -------------------------===//
#pragma once

#include "thread_annotations.h"
#include "tier_compiler.h"
#include "tier_manager.h"
#include "tier_options.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ajit::testing {

/// A prologue: `subl $1, counter; jle tick`. True if it ticks. The subtraction is one instruction but not atomic, so
/// threads that collide lose counts.
inline bool count_call(std::atomic<int32_t>& counter) {
#if defined(__x86_64__)
  bool ticks;
  asm volatile("subl $1, %0" : "+m"(counter), "=@ccle"(ticks) : : "memory");
  return ticks;
#else
  const int32_t value = counter.load(std::memory_order_relaxed) - 1;
  counter.store(value, std::memory_order_relaxed);
  return value <= 0;
#endif
}

/// A requested compile.
using Compile = std::pair<FunctionId, Tier>;

/// A requested continuation.
struct Continuation {
  FunctionId id{};
  uint32_t loop = 0;
  Tier tier = Tier::O0;

  bool operator==(const Continuation&) const = default;
};

/// "Compiles" by storing the tier in the function's slot. A test can make it hold compiles back or fail.
class FakeCompiler : public TierCompiler {
public:
  explicit FakeCompiler(std::size_t functions)
      : slots_(functions), in_compile_(functions), in_continuation_(functions * loops_per_function) {}

  FunctionFacts facts_of(FunctionId) override { return {.module = 0, .instructions = instructions_each}; }

  void compile_and_install(std::span<const FunctionId> ids, Tier target, const InstallReport& report) override {
    {
      MutexLock lock(mutex_);
      units_.emplace_back(ids.begin(), ids.end());
    }
    for (FunctionId id : ids)
      report(id, compile(id, target));
  }

  CompileResult compile(FunctionId id, Tier target) {
    if (in_compile_[index_of(id)].exchange(true)) ++overlaps_;
    {
      MutexLock lock(mutex_);
      compiles_.emplace_back(id, target);
      ++begun_;
      changed_.notify_all();
      while (held_)
        changed_.wait(mutex_);
    }
    if (during_compile) during_compile(id, target);
    in_compile_[index_of(id)] = false;
    if (over_budget_from && target >= *over_budget_from)
      return {.cost = {}, .failure = Failure{"gave up at " + std::string(tier_name(target)), FailureKind::over_budget}};
    if (target == fail_at) return {.cost = {}, .failure = Failure{"cannot select", FailureKind::compiler_fault}};
    slots_[index_of(id)].store(target, std::memory_order_release);
    return {.cost = {.microseconds = 5, .code_bytes = 64}, .failure = {}};
  }

  void warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) override {
    MutexLock lock(mutex_);
    warm_ups_.push_back(target);
    changed_.notify_all();
    while (held_ && !wanted_elsewhere())
      changed_.wait_for(mutex_, std::chrono::milliseconds(1));
  }

  ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target,
                                          const Interest& interest) override {
    std::atomic<bool>& busy = in_continuation_[index_of(id) * loops_per_function + loop];
    if (busy.exchange(true)) ++overlaps_;
    {
      MutexLock lock(mutex_);
      continuations_.push_back({id, loop, target});
      changed_.notify_all();
      while (held_ && !interest.is_lost())
        changed_.wait_for(mutex_, std::chrono::milliseconds(1));
    }
    busy = false;
    if (interest.is_lost())
      return {.entry = nullptr, .cost = {}, .failure = Failure{"not wanted", FailureKind::cancelled}};
    if (over_budget_from && target >= *over_budget_from)
      return {.entry = nullptr,
              .cost = {},
              .failure = Failure{"gave up at " + std::string(tier_name(target)), FailureKind::over_budget}};
    if (target == fail_continuations_at)
      return {.entry = nullptr, .cost = {}, .failure = Failure{"cannot select", FailureKind::compiler_fault}};
    return {.entry = continuation_at(target), .cost = {.microseconds = 7, .code_bytes = 96}, .failure = {}};
  }

  /// The fake code address of a continuation at `tier`, and the tier of such an address.
  static void* continuation_at(Tier tier) { return &continuation_code[tier_index(tier)]; }
  static Tier tier_of(void* continuation) {
    return all_tiers[static_cast<std::size_t>(static_cast<char*>(continuation) - continuation_code.data())];
  }

  void compile_ahead(std::span<const FunctionId> ids) override {
    MutexLock lock(mutex_);
    batches_.emplace_back(ids.begin(), ids.end());
    changed_.notify_all();
    while (held_)
      changed_.wait(mutex_);
  }

  std::string_view name_of(FunctionId id) override { return index_of(id) == 0 ? "fib" : "other"; }

  /// Compiles that begin from now on do not end until release().
  void hold() { set_held(true); }
  void release() { set_held(false); }

  /// Waits until `count` compiles have begun.
  void wait_begun(std::size_t count) {
    MutexLock lock(mutex_);
    while (begun_ < count)
      changed_.wait(mutex_);
  }

  /// Waits until `count` batches have begun.
  void wait_batches(std::size_t count) {
    MutexLock lock(mutex_);
    while (batches_.size() < count)
      changed_.wait(mutex_);
  }

  /// Waits until `count` continuations have been begun.
  void wait_continuations(std::size_t count) {
    MutexLock lock(mutex_);
    while (continuations_.size() < count)
      changed_.wait(mutex_);
  }

  /// Waits until `count` warm-ups have been begun.
  void wait_warm_ups(std::size_t count) {
    MutexLock lock(mutex_);
    while (warm_ups_.size() < count)
      changed_.wait(mutex_);
  }

  std::vector<Continuation> continuations() {
    MutexLock lock(mutex_);
    return continuations_;
  }
  std::vector<Tier> warm_ups() {
    MutexLock lock(mutex_);
    return warm_ups_;
  }
  /// The functions of each call of compile_and_install().
  std::vector<std::vector<FunctionId>> units() {
    MutexLock lock(mutex_);
    return units_;
  }

  std::vector<Compile> compiles() {
    MutexLock lock(mutex_);
    return compiles_;
  }
  std::vector<std::vector<FunctionId>> batches() {
    MutexLock lock(mutex_);
    return batches_;
  }

  std::atomic<Tier>& slot(FunctionId id) { return slots_[index_of(id)]; }
  /// The number of times that two compiles of one function or loop overlapped; it should stay 0.
  int overlaps() const { return overlaps_; }

  /// Set these before anything runs.
  std::function<void(FunctionId, Tier)> during_compile;
  Tier fail_at = Tier::O0;
  uint32_t instructions_each = 0;       ///< of each function
  std::optional<Tier> over_budget_from; ///< compiles at this tier and above exceed their budgets
  Tier fail_continuations_at = Tier::O0;

  static constexpr std::size_t loops_per_function = 4;

private:
  inline static std::array<char, tier_count> continuation_code{};

  void set_held(bool held) {
    MutexLock lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }

  std::vector<std::atomic<Tier>> slots_;
  std::vector<std::atomic<bool>> in_compile_;
  std::vector<std::atomic<bool>> in_continuation_;
  std::atomic<int> overlaps_{0};

  Mutex mutex_;
  std::condition_variable_any changed_;
  bool held_ AJIT_GUARDED_BY(mutex_) = false;
  std::size_t begun_ AJIT_GUARDED_BY(mutex_) = 0;
  std::vector<Tier> warm_ups_ AJIT_GUARDED_BY(mutex_);
  std::vector<Compile> compiles_ AJIT_GUARDED_BY(mutex_);
  std::vector<std::vector<FunctionId>> units_ AJIT_GUARDED_BY(mutex_);
  std::vector<Continuation> continuations_ AJIT_GUARDED_BY(mutex_);
  std::vector<std::vector<FunctionId>> batches_ AJIT_GUARDED_BY(mutex_);
};

/// Imitates machine code at a call: it goes through the slot into a body, whose prologue counts and may tick.
class FakeProgram {
public:
  /// A compile that a test holds takes time without using a processor, as on a busy machine. So costs are weighed only
  /// if the test asks for it.
  explicit FakeProgram(TierOptions options, std::size_t functions = 4, DecisionSink sink = {},
                       bool weighs_costs = false)
      : compiler(functions), counters_(functions) {
    options.weigh_costs = weighs_costs;
    manager = std::make_unique<TierManager>(options, compiler, counters_, flags, std::move(sink));
    for (uint32_t index = 0; index < functions; ++index)
      manager->prepare(FunctionId{index});
  }

  /// The first call's compile.
  void install_first(FunctionId id) {
    compiler.slot(id).store(manager->options().min_tier, std::memory_order_release);
    manager->on_first_call_installed(id, manager->options().min_tier);
  }

  /// The first call's compile of a function with `count` loops.
  void install_first_with_loops(FunctionId id, uint32_t count, FunctionSize size = {.instructions = 100}) {
    std::vector<LoopFacts> loops;
    for (uint32_t loop = 0; loop != count; ++loop)
      loops.push_back({.line = 10 * (loop + 1), .depth = 1, .layout = 1000 + loop, .excluded = {}});
    manager->set_loops(id, std::move(loops), size);
    install_first(id);
  }

  /// The same, of a function with one nest of `depth` loops, the outermost first.
  void install_first_with_nest(FunctionId id, uint32_t depth) {
    std::vector<LoopFacts> loops;
    for (uint32_t loop = 0; loop != depth; ++loop)
      loops.push_back(
          {.depth = loop + 1, .around = loop == 0 ? no_loop : loop - 1, .layout = 1000 + loop, .excluded = {}});
    manager->set_loops(id, std::move(loops), {.instructions = 100});
    install_first(id);
  }

  /// One iteration of a loop that runs at `tier`: the check at its header. Returns the tier in which it continues.
  Tier turn(FunctionId id, uint32_t loop, Tier tier, uint32_t depth = 1) {
    const std::atomic<uint8_t>& byte = flags.bytes[poll_byte_index(depth)];
    if (!manager->options().polls_loops(tier) || byte.load(std::memory_order_relaxed) == 0) return tier;
    void* entry = manager->on_loop_check(id, loop, tier);
    return entry ? FakeCompiler::tier_of(entry) : tier;
  }

  /// An iteration at which the clock strikes.
  Tier tick(FunctionId id, uint32_t loop, Tier tier) {
    flags.strike();
    return turn(id, loop, tier);
  }

  /// One call; returns the tier whose body ran it.
  Tier call(FunctionId id) {
    bool timed = false;
    for (;;) {
      const Tier tier = compiler.slot(id).load(std::memory_order_acquire);
      if (!manager->options().counts_calls(tier) || !count_call(counters_[index_of(id)])) {
        if (timed) manager->on_timed_call(id, tier, 40);
        return tier;
      }
      timed |= manager->on_tick(id).time_this_call;
    }
  }

  /// `count` calls; returns the tier of the last.
  Tier calls(FunctionId id, uint64_t count) {
    Tier tier = Tier::O0;
    while (count-- > 0)
      tier = call(id);
    return tier;
  }

  /// Waits until no request waits and nothing is being compiled.
  void settle() {
    for (bool busy = true; busy;) {
      manager->park();
      busy = manager->stats().queue_length != 0;
      manager->unpark();
    }
  }

  FakeCompiler compiler;
  PollFlags flags;

private:
  std::vector<std::atomic<int32_t>> counters_;

public:
  std::unique_ptr<TierManager> manager; ///< last member: destroyed first
};

inline constexpr FunctionId fib{0};
inline constexpr FunctionId other{1};

/// A clock that strikes once an hour, so ticks come only from tick().
inline TierOptions by_hand(unsigned threads = 1) {
  TierOptions options{.compile_threads = threads};
  options.osr.interval = std::chrono::seconds(1);
  return options;
}

inline LoopSnapshot loop_of(FakeProgram& program, FunctionId id, uint32_t loop) {
  return program.manager->profile(id).loops.at(loop);
}

} // namespace ajit::testing
