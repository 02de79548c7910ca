//===- loop_tiering.h - Takes running loops up through the tiers -------------------------------------------------===//
//
//   idle ──ticks──▶ queued ──worker──▶ compiling ──▶ idle, with a continuation at the target
//    ▲                │                     └──────▶ failed
//    └─── dropped ────┘
//
// A call may be in a loop for as long as the program runs, so counting calls does not help it. Code below the last tier
// asks in its loops, when the poll clock says so (poll_clock.h), and is told where to go on: in the loop, or in a
// continuation, which is the rest of the function from that loop's head on, compiled at a higher tier. It is entered by
// a call with the frame's live values and its result is the function's; the frame that was left stays below.
// Continuations of the tiers that ask do so again.
//
// One continuation per loop and tier serves every frame in that loop, whichever thread and tier it comes from. As for
// functions (tier_manager.h), one atomic word says what is under way, so at most one compile per loop runs at a time;
// and several loops of a function, and the function itself, may be compiled at once.
//
// A request that is told to go on elsewhere leaves the poll byte set: other threads in the same loop then do the same.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "decision_journal.h"
#include "function_profile.h"
#include "poll_clock.h"
#include "tier_compiler.h"
#include "tier_options.h"
#include "tier_policy.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ajit {

/// What a check is told.
struct LoopAnswer {
  void* entry = nullptr; ///< of a continuation to go on in; null: in the loop
  bool weighs = false;   ///< the loop had a tick, or left for a continuation: counts for its function
};

/// Part of a TierManager, which hands it its own parts. Any thread.
class LoopTiering {
public:
  struct Parts {
    const TierOptions& options;
    TierCompiler& compiler;
    CompileQueue& queue;
    DecisionJournal& journal;
    uint32_t workers = 0;
    std::function<void()> start_workers;
    std::function<bool()> is_young; ///< the process has only just been forked: no requests yet
  };

  LoopTiering(Parts parts, PollFlags& poll_flags);

  /// The loops of `function`, by index, before its first body is published; once per function.
  void add(FunctionProfile& function, std::vector<LoopFacts> loops, FunctionSize size);

  /// Compares the loops of a later body with the first one's. Loops that differ are given up, with a note; true if none
  /// does.
  bool agree(FunctionId id, const FunctionProfile& function, std::span<const LoopFacts> loops)
      AJIT_EXCLUDES(notes_mutex_);

  /// A check of loop `index`, in code of `tier`, found the poll byte set. On the program's own thread, also in a signal
  /// handler: takes no lock, does not allocate and waits for nothing, as TierManager::on_tick().
  LoopAnswer request(const FunctionProfile& function, FunctionId id, uint32_t index, Tier tier);

  /// For the compile thread that has taken `task`.
  void serve(const LoopTask& task, const FunctionProfile& function);

  /// From now on frames stay in their loops, in all functions: the program knows them by their place in the stack. Any
  /// thread.
  void keep_frames() { frames_stay_.store(true, std::memory_order_relaxed); }

  /// Requests of `function` that were pending when the process forked are forgotten.
  static void forget_pending(const FunctionProfile& function);
  void reset_after_fork() AJIT_NO_ANALYSIS;
  void stop() { clock_.stop(); }

  std::vector<LoopSnapshot> snapshots(FunctionId id, const FunctionProfile& function) const AJIT_EXCLUDES(notes_mutex_);
  /// Fills in what is about loops.
  void add_to(TierStats& stats) const;

private:
  /// A loop, and who it is.
  struct Place {
    LoopTable& table;
    LoopProfile& loop;
    FunctionId id{};
    uint32_t index = 0;
  };

  /// What a request has before it: others wait behind it.
  CompileLoad load() const { return {.queue_length = parts_.queue.loops_waiting(), .workers = parts_.workers}; }
  void* forced(const Place& place, Tier tier);
  /// Of the clock, whose byte it clears; without one, of the function's checks.
  uint32_t round_at_check(const Place& place);
  void* enter(LoopProfile& loop, LoopProfile::Continuation continuation);
  void consider(const Place& place, Tier tier, uint32_t round, bool pinned);
  void enqueue(const Place& place);
  /// `place` runs in `round`, and has no continuation yet: compiles for loops of its function that are over need not
  /// end.
  void overtake(const Place& place, uint32_t round);
  /// At the process's first tick, of a loop at `tier`: compiles are likely to be asked for soon.
  void warm_up(const Place& place, Tier tier);
  /// Compiles on this thread, unless another does or compiles are held back.
  void compile_now(const Place& place, Tier tier, const Decision& decision);
  /// For the thread that has set the state to compiling.
  void compile(const Place& place, Tier target) AJIT_EXCLUDES(notes_mutex_);
  void give_up(FunctionId id, uint32_t index, std::string why) AJIT_EXCLUDES(notes_mutex_);
  void note(const Place& place, Tier tier, const Decision& decision, CompileCost cost = {});

  const Parts parts_;
  const TierOptions& options_;
  /// Relaxed: it is set before the function on whose account it is can be called.
  std::atomic<bool> frames_stay_{false};
  std::atomic<uint64_t> ticks_{0};
  std::atomic<uint64_t> entries_{0};
  std::atomic<uint64_t> compiled_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> dropped_{0};

  mutable Mutex notes_mutex_;
  std::map<std::pair<FunctionId, uint32_t>, std::string> notes_ AJIT_GUARDED_BY(notes_mutex_); ///< why given up

  PollClock clock_;
};

} // namespace ajit
