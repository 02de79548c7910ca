//===- tier_manager.h - Takes functions up through the tiers -----------------------------------------------------===//
//
//   cold ──first call──▶ installed ──threshold──▶ queued ──worker──▶ compiling ──▶ installed at the target
//                            ▲                      │                    └───────▶ failed
//                            └──────── dropped ─────┘
//
// A function's state is one atomic word (TierStatus). The thread that changes it from `installed` to `queued` pushes
// the request; the thread that changes it to `compiling` compiles. So at most one compile per function runs at a time,
// without a lock. The program's threads call on_tick(), which decides, pushes a request if one is due, and returns.
// tier_policy.h makes the decisions; this class carries them out.
//
// Synchronous mode: the thread that crosses a threshold compiles. Another call of the function meanwhile runs the old
// body instead of waiting: if it came from a signal handler on the compiling thread, it would wait for itself. Where
// threads race, the order of decisions is not repeatable anyway.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_costs.h"
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

/// One per Jit. The compiler, the counters and the poll flags must outlive it.
class TierManager {
public:
  /// `counters` is indexed by FunctionId; machine code decrements the counters. Machine code reads `poll_flags` at the
  /// heads of loops, and calls on_loop_check() if its byte is set. If `options.explain`, `sink` receives every decision
  /// but "none" on the thread that takes it; several threads may call it at once.
  TierManager(TierOptions options, TierCompiler& compiler, std::span<std::atomic<int32_t>> counters,
              PollFlags& poll_flags, DecisionSink sink = {});
  ~TierManager();
  TierManager(const TierManager&) = delete;
  TierManager& operator=(const TierManager&) = delete;

  /// Adds a function and sets its counter, before any of its bodies is published. To be called once per id, by any
  /// thread.
  void prepare(FunctionId id);

  /// Adds the loops of a prepared function, in order of index, and its size. To be called at most once per id, before
  /// its first body is published. Without this call the loops of the function get no continuations.
  void set_loops(FunctionId id, std::vector<LoopFacts> loops, FunctionSize size) {
    loops_.add(profiles_[id], std::move(loops), size);
  }

  /// Whether a later body or a continuation of `id` has the same loops. Gives up those that differ; the caller must not
  /// publish checks in them.
  bool loops_agree(FunctionId id, std::span<const LoopFacts> loops) { return loops_.agree(id, profiles_[id], loops); }

  /// The layout of each loop of the first body of `id`, 0 where frames never leave the loop.
  std::vector<uint64_t> loop_layouts(FunctionId id) const { return LoopTiering::layouts(profiles_[id]); }

  /// The first body of `id` has been published. Any thread; only the first report counts.
  void on_first_call_installed(FunctionId id, Tier tier, CompileCost cost = {});

  /// The counter of `id` has reached 0. Refills it and decides. The program's own thread calls this, possibly in a
  /// signal handler: it takes no lock, does not allocate and waits for nothing. There are three exceptions. In
  /// synchronous mode it compiles; with a sink it calls that; the very first request starts the compile threads unless
  /// request_ahead() has.
  TickResult on_tick(FunctionId id);

  /// A check at the head of loop number `loop` of `id`, in code of `tier`, found the poll byte set. Returns the entry
  /// of a continuation to go on in, or null to stay in the loop. Called on the program's own thread, under the rules of
  /// on_tick().
  void* on_loop_check(FunctionId id, uint32_t loop, Tier tier);

  /// A call that on_tick() wanted timed took `cycles` in the body of `tier`. Any thread; relaxed additions only.
  void on_timed_call(FunctionId id, Tier tier, uint64_t cycles);

  /// How many of the first calls of a body at the last tier, which never ticks, should be timed. 0 if it has enough
  /// samples or profiling is off. To be asked when the body is published.
  uint32_t samples_wanted(FunctionId id, Tier tier) const;

  /// Starts the compile threads now. Otherwise the first request starts them, which costs a call of the program a
  /// hundred microseconds. Does nothing in synchronous mode.
  void start();

  /// Requests first bodies for functions that may soon be called, the likeliest first. Starts the compile threads. Does
  /// nothing in synchronous mode.
  void request_ahead(std::span<const FunctionId> ids);

  /// Around forks, called by one thread at a time. before_fork() runs before a fork. grant_wishes() runs in the parent
  /// and requests what children wanted. `make(ids)` prepares for request_ahead() the functions that only children have
  /// called so far.
  void before_fork() { wishes_.share(); }
  void grant_wishes(const std::function<void(std::span<const FunctionId>)>& make);

  /// From now on every frame stays in its loop. Any thread.
  void keep_frames() { loops_.keep_frames(); }

  /// Keeps `id` at its tier for good, because of `reason`. A compile under way still runs to its end. Any thread.
  void pin(FunctionId id, std::string_view reason) AJIT_EXCLUDES(notes_mutex_);

  /// Waits for the compiles under way and holds back all others until unpark(): for fork (in the parent) and for the
  /// end of the process. Nests. Must not be called from a compile.
  void park() { queue_.park(); }
  void unpark() { queue_.unpark(); }

  /// In the child of a fork made between park() and unpark(): drops all requests and lets compile threads start anew
  /// when they are needed. Functions whose tier is due ask again at their next tick.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  /// For a compile thread whose compile takes long: another thread takes its place, so that other functions do not
  /// wait. The thread goes on with less priority and ends after this compile. Does nothing on other threads, or if
  /// there are many such compiles.
  void set_aside();

  /// Ends the compile threads: compiles under way end soon. Later ticks only count. Idempotent.
  void stop();
  /// Whether stop() has been called. Takes no lock.
  bool stopped() const { return queue_.stopped(); }

  /// Snapshots, from any thread at any time. profiles() leaves out functions that were never prepared.
  ProfileSnapshot profile(FunctionId id) const AJIT_EXCLUDES(notes_mutex_);
  std::vector<ProfileSnapshot> profiles() const AJIT_EXCLUDES(notes_mutex_);
  TierStats stats() const;
  /// The latest decisions other than "none", in the order they were taken.
  std::vector<DecisionRecord> decisions() const { return journal_.latest(); }

  const TierOptions& options() const { return options_; }

private:
  /// The body of a compile thread: serves tasks until the queue is stopped.
  void run_worker();
  /// Waits for a task and serves it; false once the queue is stopped. Throws bad_alloc if there is no memory for it.
  bool serve_one();
  void serve(const TierUpTask& task);
  void serve(const WarmUpTask& task);
  void serve(const LoopTask& task) { loops_.serve(task, profiles_[task.id]); }
  void serve(const AheadBatch& batch);

  /// Decides and acts at a tick or after a compile. True if it requested a compile or, in synchronous mode, made it.
  bool consider(FunctionId id, uint64_t calls);
  /// The same after a tick of one of its loops.
  void consider_for_loops(FunctionId id);
  /// Does what `decide(status)` says.
  template <typename Decide> bool act(FunctionId id, uint64_t calls, Decide decide);
  /// For the thread that has set the state to queued; false if the queue refused the request.
  bool enqueue(FunctionId id, uint64_t calls);
  /// For the thread that has set the state of `id` to compiling.
  void compile_with_companions(FunctionId id, Tier target);
  /// `id` and the functions to compile at `target` along with it, whose states are set to compiling. If it throws
  /// bad_alloc, there are none.
  std::vector<FunctionId> claim_companions(FunctionId id, Tier target);
  /// Synchronous mode: compiles unless another thread does or compiles are parked.
  bool compile_now(FunctionId id, uint64_t calls, const TierStatus& seen, const Decision& decision);
  /// For the thread that has set the states to compiling.
  void compile(std::span<const FunctionId> ids, Tier target);
  void conclude(FunctionId id, Tier target, CompileResult result) AJIT_EXCLUDES(notes_mutex_);
  /// Tries the tiers below `target`, whose compile has failed as `result` says, while compiles exceed their budgets.
  /// Returns the tier of the body that it installed, if any; `result` is then that body's.
  std::optional<Tier> compile_lower(FunctionId id, Tier target, CompileResult& result, std::string& why);
  /// After a compile that has failed: the function keeps its tier.
  void give_up(FunctionId id, Tier target, std::string why) AJIT_EXCLUDES(notes_mutex_);
  void note_installed(FunctionId id, Tier tier, CompileCost cost);

  /// False if the wish should be tried again.
  bool grant(const FamilyWish& wish);

  double heat_of(FunctionId id) const;
  bool is_cold(FunctionId id) const;
  CompileLoad load() const;
  /// Whether compiles take time from the program.
  bool costs_matter() const {
    return options_.weigh_costs && !options_.sync && costs_.contended();
  }
  /// What the function's calls at its present tier have cost, against a compile at `target`.
  CompileWorth worth_of(FunctionId id, uint64_t calls, Tier target) const;
  void record(FunctionId id, uint64_t calls, const TierStatus& status, const Decision& decision, CompileCost cost = {});
  std::string note_on(FunctionId id) const AJIT_EXCLUDES(notes_mutex_);

  const TierOptions options_;
  TierCompiler& compiler_;
  const std::span<std::atomic<int32_t>> counters_;

  ProfileTable profiles_;
  CycleHistogram tick_cycles_;
  CycleHistogram crossing_cycles_;
  RecentCount first_bodies_{start_up_window_ms};
  CompileCosts costs_;
  std::atomic<uint64_t> compiled_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> overtaken_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> ahead_{0};
  std::atomic<uint32_t> queue_peak_{0};

  ForkYouth youth_; ///< never begins in synchronous mode
  FamilyWishes wishes_;
  std::vector<FamilyWish> ungranted_; ///< wishes taken and not granted yet; under the rules of grant_wishes()
  std::atomic<bool> is_child_{false}; ///< of a fork

  mutable Mutex notes_mutex_;
  std::map<FunctionId, std::string> notes_ AJIT_GUARDED_BY(notes_mutex_); ///< why pinned or failed

  // Destroyed in reverse: the threads end before the queue they read, and the queue before the profiles it links.
  CompileQueue queue_;
  DecisionJournal journal_;
  LoopTiering loops_;
  WorkerPool workers_;
};

} // namespace ajit
