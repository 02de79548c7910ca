//===- loop_tiering.h - Takes running loops up through the tiers -------------------------------------------------===//
//
//   idle ──ticks──▶ queued ──worker──▶ compiling ──▶ idle, with a continuation at the target
//    ▲                │                     └──────▶ failed
//    └─── dropped ────┘
//
// A call may stay in a loop for as long as the program runs, so counting calls does not help it. Loops in code below
// the last tier therefore check a byte, and ask the runtime when the poll clock has set it (poll_clock.h). The runtime
// answers where the frame goes on: in the loop, or in a continuation. A continuation is the rest of the function from
// that loop's head on, compiled at a higher tier. The frame calls it with its live values and returns its result; the
// frame itself stays on the stack below. Continuations below the last tier have checks too.
//
// One continuation per loop and tier serves every frame in that loop, whatever its thread and tier. As for functions
// (tier_manager.h), one atomic word says what is under way, so at most one compile per loop runs at a time. Several
// loops of a function, and the function itself, may be compiled at once.
//
// When the runtime sends a frame to a continuation it leaves the poll byte set, so that other threads in the same loop
// follow.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_costs.h"
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

/// The runtime's answer to a check.
struct LoopAnswer {
  void* entry = nullptr; ///< of the continuation to go on in; null to stay in the loop
  bool weighs = false;   ///< the loop had a tick or a frame left it, which counts for its function
};

/// Part of a TierManager, which lends it the parts below. Any thread may use it.
class LoopTiering {
public:
  struct Parts {
    const TierOptions& options;
    TierCompiler& compiler;
    CompileQueue& queue;
    DecisionJournal& journal;
    CompileCosts& costs;
    uint32_t workers = 0;
    std::function<void()> start_workers;
    std::function<bool()> is_young; ///< the process was forked only just now, and makes no requests yet
  };

  LoopTiering(Parts parts, PollFlags& poll_flags);

  /// Adds the loops of `function`, in order of index. To be called once per function, before its first body is
  /// published.
  void add(FunctionProfile& function, std::vector<LoopFacts> loops, FunctionSize size);

  /// Compares the loops of a later body with those of the first. Gives up the loops that differ, with a note; true if
  /// all agree.
  bool agree(FunctionId id, const FunctionProfile& function, std::span<const LoopFacts> loops)
      AJIT_EXCLUDES(notes_mutex_);

  /// The layout of each loop, 0 where frames never leave it; empty if the function's loops are not known.
  static std::vector<uint64_t> layouts(const FunctionProfile& function);

  /// A check of loop `index`, in code of `tier`, found the poll byte set. The program's own thread calls this, possibly
  /// in a signal handler: it takes no lock, does not allocate and waits for nothing, like TierManager::on_tick().
  LoopAnswer request(const FunctionProfile& function, FunctionId id, uint32_t index, Tier tier);

  /// Serves `task` on the compile thread that has taken it.
  void serve(const LoopTask& task, const FunctionProfile& function);

  /// Keeps frames in their loops from now on, in all functions: the program identifies frames by their place in the
  /// stack. Any thread.
  void keep_frames() { frames_stay_.store(true, std::memory_order_relaxed); }

  /// Forgets requests of `function` that were pending when the process forked.
  static void forget_pending(const FunctionProfile& function);
  void reset_after_fork() AJIT_NO_ANALYSIS;
  void stop() { clock_.stop(); }

  std::vector<LoopSnapshot> snapshots(FunctionId id, const FunctionProfile& function) const AJIT_EXCLUDES(notes_mutex_);
  /// Fills in the figures about loops.
  void add_to(TierStats& stats) const;

private:
  /// A loop with its identity.
  struct Place {
    LoopTable& table;
    LoopProfile& loop;
    FunctionId id{};
    uint32_t index = 0;
  };

  static CompileSize compile_size(const Place& place, Tier tier) {
    return {.tier = tier, .instructions = place.table.size.instructions, .continuation = true};
  }

  /// The load as a request for a continuation sees it: only other continuations come before it.
  CompileLoad load() const { return {.queue_length = parts_.queue.loops_waiting(), .workers = parts_.workers}; }
  void* forced(const Place& place, Tier tier);
  /// The round of the clock, whose byte it clears. Without a clock, the number of the function's checks gives the
  /// round.
  uint32_t round_at_check(const Place& place);
  void* enter(LoopProfile& loop, LoopProfile::Continuation continuation);
  void consider(const Place& place, Tier tier, uint32_t round, bool pinned);
  void enqueue(const Place& place);
  /// `place` runs in `round` and has no continuation yet: abandons compiles for loops of its function that are over.
  void overtake(const Place& place, uint32_t round);
  /// At the first tick of the process, in a loop at `tier`: lets the compile threads prepare, as requests are likely to
  /// follow.
  void warm_up(const Place& place, Tier tier);
  /// Compiles on this thread, unless another thread does or compiles are parked.
  void compile_now(const Place& place, Tier tier, const Decision& decision);
  /// For the thread that has set the state to compiling.
  void compile(const Place& place, Tier target) AJIT_EXCLUDES(notes_mutex_);
  void give_up(FunctionId id, uint32_t index, std::string why) AJIT_EXCLUDES(notes_mutex_);
  void note(const Place& place, Tier tier, const Decision& decision, CompileCost cost = {});

  const Parts parts_;
  const TierOptions& options_;
  /// Relaxed: it is set before the program can call the function that needs it.
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
