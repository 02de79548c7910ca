//===- tier_manager.h - Takes functions up through the tiers -----------------------------------------------------===//
//
//   cold ──first call──▶ installed ──threshold──▶ queued ──worker──▶ compiling ──▶ installed at the target
//                            ▲                      │                    └───────▶ failed
//                            └──────── dropped ─────┘
//
// Everything a function's future depends on is one atomic word (TierStatus). Whoever changes it from `installed` to
// `queued` pushes the request, whoever changes it to `compiling` compiles: one compile per function at a time follows
// without a lock. The program's threads call on_tick(), which decides, at most pushes, and returns. Decisions are
// made in tier_policy.h; this class carries them out.
//
// Synchronous mode: the thread that crosses a threshold compiles. Another thread that calls the function meanwhile goes
// on in the old body rather than wait: if it were a signal handler on the compiling thread it would wait for itself,
// and where threads race the order of decisions is not repeatable anyway.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_queue.h"
#include "cycle_histogram.h"
#include "decision_journal.h"
#include "family_wishes.h"
#include "fork_youth.h"
#include "function_profile.h"
#include "loop_tiering.h"
#include "profile_table.h"
#include "recent_count.h"
#include "tier_compiler.h"
#include "tier_options.h"
#include "tier_policy.h"
#include "worker_pool.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace ajit {

/// What to do with the call that ticked.
struct TickResult {
  bool time_this_call = false;
};

/// One per Jit. The compiler, the counters and the poll byte must outlive it.
class TierManager {
public:
  /// `counters` is indexed by FunctionId; machine code decrements it. Machine code reads `poll_flags` at the heads of
  /// loops, and if it is set calls on_loop_check(). `sink` receives every decision but "none" on the
  /// thread that takes it, if `options.explain`; it may be called from several threads at once.
  TierManager(TierOptions options, TierCompiler& compiler, std::span<std::atomic<int32_t>> counters,
              PollFlags& poll_flags, DecisionSink sink = {});
  ~TierManager();
  TierManager(const TierManager&) = delete;
  TierManager& operator=(const TierManager&) = delete;

  /// Makes a function known and sets its counter, before any of its bodies is published. Once per id, any thread.
  void prepare(FunctionId id);

  /// The loops of a function that has been prepared, in order of index, and what compiling it takes; before its first
  /// body is published. Once per id, if at all: without, its loops are nobody's business.
  void set_loops(FunctionId id, std::vector<LoopFacts> loops, FunctionSize size) {
    loops_.add(profiles_[id], std::move(loops), size);
  }

  /// Whether a later body or a continuation of `id` has the same loops. Those that differ are given up; checks at them
  /// must not be published.
  bool loops_agree(FunctionId id, std::span<const LoopFacts> loops) { return loops_.agree(id, profiles_[id], loops); }

  /// The first body of `id` has been published. Any thread; only the first report counts.
  void on_first_call_installed(FunctionId id, Tier tier, CompileCost cost = {});

  /// The counter of `id` has reached 0. Refills it and decides. On the program's own thread, also in a signal handler:
  /// takes no lock, does not allocate and waits for nothing (in synchronous mode it compiles; with a sink it calls
  /// that; the very first request starts the compile threads unless request_ahead() has).
  TickResult on_tick(FunctionId id);

  /// A check at the head of loop number `loop` of `id`, in code of `tier`, found the poll byte set. Where to go on: the
  /// entry of a continuation, or null for in the loop. On the program's own thread, under the rules of on_tick().
  void* on_loop_check(FunctionId id, uint32_t loop, Tier tier);

  /// A call that on_tick() wanted timed took `cycles` in the body of `tier`. Any thread; relaxed additions only.
  void on_timed_call(FunctionId id, Tier tier, uint64_t cycles);

  /// How many of the first calls of a body of the last tier, which never ticks, should be timed: 0 if it has samples
  /// enough or profiling is off. Ask when publishing it.
  uint32_t samples_wanted(FunctionId id, Tier tier) const;

  /// Starts the compile threads now instead of with the first request, which a call of the program would pay for: a
  /// hundred microseconds. In synchronous mode nothing.
  void start();

  /// These functions may soon be called, the likeliest first. Starts the compile threads. In synchronous mode nothing.
  void request_ahead(std::span<const FunctionId> ids);

  /// Around forks, by one thread at a time: before one is made; and in the parent, where `make(ids)` makes functions
  /// ready for request_ahead() that children have called and this process has not.
  void before_fork() { wishes_.share(); }
  void grant_wishes(const std::function<void(std::span<const FunctionId>)>& make);

  /// No frame leaves for a continuation from now on. Any thread.
  void keep_frames() { loops_.keep_frames(); }

  /// `id` stays at its tier for good, because of `reason`. A compile under way still ends as it will. Any thread.
  void pin(FunctionId id, std::string_view reason) AJIT_EXCLUDES(notes_mutex_);

  /// Waits for the compiles under way and holds back all others until unpark(): for fork (in the parent) and for the
  /// end of the process. Nests. Not from a compile.
  void park() { queue_.park(); }
  void unpark() { queue_.unpark(); }

  /// In the child of a fork made between park() and unpark(): drops all requests and lets compile threads start anew
  /// when they are needed. Functions whose tier is due ask again at their next tick.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  /// Ends the compile threads after what they compile now. Later ticks only count. Idempotent.
  void stop();

  /// Snapshots, from any thread at any time. Functions that were never prepared are left out.
  ProfileSnapshot profile(FunctionId id) const AJIT_EXCLUDES(notes_mutex_);
  std::vector<ProfileSnapshot> profiles() const AJIT_EXCLUDES(notes_mutex_);
  TierStats stats() const;
  /// The latest decisions other than "none", in the order they were taken.
  std::vector<DecisionRecord> decisions() const { return journal_.latest(); }

  const TierOptions& options() const { return options_; }

private:
  /// The body of a compile thread: serves tasks until the queue is stopped.
  void run_worker();
  void serve(const TierUpTask& task);
  void serve(const WarmUpTask& task);
  void serve(const LoopTask& task) { loops_.serve(task, profiles_[task.id]); }
  void serve(const AheadBatch& batch);

  /// Decides and acts at a tick or after a compile; true if that asked for a compile or, in synchronous mode, did it.
  bool consider(FunctionId id, uint64_t calls);
  /// The same after its loops have had a tick.
  void consider_for_loops(FunctionId id);
  /// Does what `decide(status)` says.
  template <typename Decide> bool act(FunctionId id, uint64_t calls, Decide decide);
  /// For the thread that has set the state to queued; false if the request was not taken.
  bool enqueue(FunctionId id, uint64_t calls);
  /// Synchronous mode: compiles unless another thread does or compiles are held back.
  bool compile_now(FunctionId id, uint64_t calls, const TierStatus& seen, const Decision& decision);
  /// For the thread that has set the state to compiling.
  void compile(FunctionId id, Tier target, uint64_t calls_at_decision) AJIT_EXCLUDES(notes_mutex_);

  /// False: to be tried again.
  bool grant(const FamilyWish& wish);

  double heat_of(FunctionId id) const;
  bool is_cold(FunctionId id) const;
  CompileLoad load() const;
  void record(FunctionId id, uint64_t calls, const TierStatus& status, const Decision& decision, CompileCost cost = {});
  std::string note_on(FunctionId id) const AJIT_EXCLUDES(notes_mutex_);

  const TierOptions options_;
  TierCompiler& compiler_;
  const std::span<std::atomic<int32_t>> counters_;

  ProfileTable profiles_;
  CycleHistogram tick_cycles_;
  CycleHistogram crossing_cycles_;
  RecentCount first_bodies_{start_up_window_ms};
  std::atomic<uint64_t> compiled_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> overtaken_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> ahead_{0};
  std::atomic<uint32_t> queue_peak_{0};

  ForkYouth youth_; ///< never begins in synchronous mode
  FamilyWishes wishes_;
  std::vector<FamilyWish> ungranted_; ///< of those taken; under the rules of grant_wishes()
  std::atomic<bool> is_child_{false}; ///< of a fork

  mutable Mutex notes_mutex_;
  std::map<FunctionId, std::string> notes_ AJIT_GUARDED_BY(notes_mutex_); ///< why pinned or failed

  // Destroyed in reverse: the threads end before the queue they read, and that before the profiles it links.
  CompileQueue queue_;
  DecisionJournal journal_;
  LoopTiering loops_;
  WorkerPool workers_;
};

} // namespace ajit
