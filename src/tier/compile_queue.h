//===- compile_queue.h - Requests on their way to the compile threads --------------------------------------------===//
//
// Producers are the program's own threads, in the middle of a call. They must not wait or allocate, and must leave
// nothing locked behind if the process forks or a signal interrupts them. So the queue has two halves. The inbox is an
// intrusive stack of requests, which the profiles hold; producers push with one compare-and-swap. Workers empty it with
// one exchange into lists of their own, which have a lock that producers never take.
//
// Workers sleep on a number that grows with every push (a futex). A condition variable would do only if producers took
// its mutex: otherwise a push between a worker's last look and its sleep would wake no worker.
//
// Which request is hottest changes while requests wait. So a worker searches the list when it takes a request, instead
// of keeping it in order: a thousand entries take some 10 µs, next to a compile of milliseconds. (HotSpot does the
// same.)
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "clock.h"
#include "thread_annotations.h"
#include "tier.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace ajit {

/// A request's place in the queue, part of the profile of a function or loop. It is in the queue at most once at a
/// time: a second push merges with the first.
class CompileRequest {
public:
  enum class Kind : uint8_t {
    tier_up, ///< compile a running function at a higher tier
    ahead,   ///< compile a function that may soon be called
    loop,    ///< compile a continuation of a running loop
  };

  explicit CompileRequest(Kind kind) : kind_(kind) {}

private:
  friend class CompileQueue;

  const Kind kind_;
  /// True from the push until a worker takes the request. The thread that sets it owns the fields below until it links
  /// the request; the worker that finds it linked owns them until it clears this. Both exchange it, acquiring and
  /// releasing: a worker that takes a tier-up sees what a thread did before a push that merged with it.
  std::atomic<bool> waiting_{false};
  CompileRequest* next_ = nullptr;
  FunctionId id_{};
  uint32_t loop_ = 0;
  uint64_t calls_ = 0;
  SteadyClock::time_point asked_at_{};
};

/// A tier-up request as a worker takes it. The target is in TierStatus, since it may have been raised.
struct TierUpTask {
  FunctionId id{};
  uint64_t calls = 0; ///< of the function when it asked
  SteadyClock::time_point asked_at{};
};

/// A request for a continuation as a worker takes it.
struct LoopTask {
  FunctionId id{};
  uint32_t loop = 0;
  uint64_t ticks = 0; ///< of the loop when it asked
  SteadyClock::time_point asked_at{};
};

/// Functions to compile ahead together.
using AheadBatch = std::vector<FunctionId>;

/// Compiles at `tier` are likely to be requested soon: prepare what they need.
struct WarmUpTask {
  Tier tier = Tier::O0;
};

using CompileTask = std::variant<TierUpTask, LoopTask, AheadBatch, WarmUpTask>;

/// Any number of producers and workers. Requests must outlive the queue.
class CompileQueue {
public:
  /// `heat_of` ranks tier-up requests; workers serve the highest first. `still_cold` says whether a function still
  /// needs a first body. Workers call both under their lock, so neither may call the queue.
  CompileQueue(uint32_t ahead_batch, std::function<double(FunctionId)> heat_of,
               std::function<bool(FunctionId)> still_cold);

  /// Adds a request for `id`, whose place is `request`. False if `request` waits already or the queue has been stopped.
  /// Any thread; never waits or allocates.
  bool push_tier_up(CompileRequest& request, FunctionId id, uint64_t calls, SteadyClock::time_point now);

  /// The same for a continuation of loop number `loop` of `id`.
  bool push_loop(CompileRequest& request, FunctionId id, uint32_t loop, uint64_t ticks, SteadyClock::time_point now);

  /// Adds requests to compile `ids` ahead, the likeliest first. `place_of(id)` is a request's place, or null to leave
  /// the function out. False if nothing was added. Any thread; never waits or allocates.
  template <typename PlaceOf> bool push_ahead(std::span<const FunctionId> ids, PlaceOf place_of) {
    bool any = false;
    // The last one pushed is served first.
    for (std::size_t i = ids.size(); i-- > 0;)
      if (CompileRequest* place = place_of(ids[i])) any |= push(*place, {.id = ids[i]});
    if (any) wake_one();
    return any;
  }

  /// Requests a WarmUpTask, which a worker takes when no other task waits. Any thread; never waits or allocates.
  void push_warm_up(Tier tier);

  /// Waits for a task; returns nothing once the queue has been stopped. Each task ends with one finish(). The order:
  /// - Continuations come first, in the order of their requests: a loop that has run for some ticks will run on slowly
  ///   until its continuation is there.
  /// - A tier-up that waits comes between two continuations, since a program with many loops may request the next one
  ///   before the last one is made. (Without this rule picosat called six functions millions of times each at O0, for
  ///   seconds.)
  /// - Compiles ahead, the latest requested first, come before other tier-ups: the program waits at a first call, while
  ///   a function that has a body only runs slower. There are at most as many of them as functions.
  std::optional<CompileTask> take() AJIT_EXCLUDES(mutex_);
  void finish();

  /// A task under way has left its worker's place to another worker, and counts apart from now on. It ends with
  /// finish_aside().
  void set_aside();
  void finish_aside();

  /// Begins a compile outside the queue that park() should wait for as well. False while parked; otherwise the compile
  /// ends with one finish(). Takes no lock.
  bool try_begin();

  /// Waits until no task is under way and lets none begin until unpark(). Nests. Must not be called within a task.
  void park() AJIT_EXCLUDES(mutex_);
  void unpark() AJIT_EXCLUDES(mutex_);

  /// Ends all calls of take(), now and later. Requests that wait are not served.
  void stop() AJIT_EXCLUDES(mutex_);

  /// Whether a warm-up should end: a request waits, or the queue is parked or stopped. Takes no lock.
  bool is_wanted() const { return length() != 0 || parks_.load(std::memory_order_relaxed) != 0 || stopped(); }

  /// Tasks begun and not finished, without those set aside. Takes no lock.
  uint32_t under_way() const {
    return under_way_.load(std::memory_order_relaxed) - aside_.load(std::memory_order_relaxed);
  }

  /// Whether stop() has been called. Takes no lock.
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  /// In the child of a fork, before it has a second thread: empties the queue. Workers change the queue inside the
  /// compile gate only, so the child finds it whole.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  /// Requests of all kinds waiting. Takes no lock.
  uint32_t length() const { return length_.load(std::memory_order_relaxed); }
  /// Continuations among them. Takes no lock.
  uint32_t loops_waiting() const { return loops_waiting_.load(std::memory_order_relaxed); }
  /// Compiles ahead that workers discarded, since the functions had been compiled meanwhile. Takes no lock.
  uint64_t withdrawn() const { return withdrawn_.load(std::memory_order_relaxed); }

private:
  /// What a request asks for.
  struct Wanted {
    FunctionId id{};
    uint32_t loop = 0;
    uint64_t calls = 0;
    SteadyClock::time_point now{};
  };

  bool push(CompileRequest& request, const Wanted& wanted);
  void wake_one();
  void wake_all();
  /// Adds `request` to `list`. Drops it if there is no memory for that.
  void hold(std::vector<CompileRequest*>& list, CompileRequest& request) AJIT_REQUIRES(mutex_);
  void empty_inbox() AJIT_REQUIRES(mutex_);
  std::optional<CompileTask> pick() AJIT_REQUIRES(mutex_);
  TierUpTask pick_hottest() AJIT_REQUIRES(mutex_);
  LoopTask pick_loop() AJIT_REQUIRES(mutex_);
  AheadBatch pick_ahead() AJIT_REQUIRES(mutex_);

  const uint32_t ahead_batch_;
  const std::function<double(FunctionId)> heat_of_;
  const std::function<bool(FunctionId)> still_cold_;

  std::atomic<CompileRequest*> inbox_{nullptr}; ///< pushed with release, emptied with acquire: publishes the fields
  std::atomic<uint32_t> pushes_{0};             ///< workers sleep on it; unpark() and stop() increment it too
  std::atomic<uint32_t> length_{0};
  std::atomic<uint32_t> loops_waiting_{0};
  /// 0, or the tier's index plus one. A hint, relaxed: the push to `pushes_` orders it.
  std::atomic<uint8_t> warm_up_{0};
  /// Tasks begun and not finished, and the number of parks. A thread that begins a task outside the lock counts it and
  /// then reads `parks_`; a thread that parks counts that and then reads `under_way_`. Sequentially consistent: one
  /// sees the other.
  std::atomic<uint32_t> under_way_{0};
  std::atomic<uint32_t> aside_{0};   ///< of those under way; a hint
  std::atomic<uint32_t> parks_{0};   ///< grows under the lock only
  std::atomic<bool> stopped_{false}; ///< set under the lock; read without it by producers
  std::atomic<uint64_t> withdrawn_{0};

  Mutex mutex_; ///< workers only
  std::vector<CompileRequest*> tier_ups_ AJIT_GUARDED_BY(mutex_);
  std::vector<CompileRequest*> aheads_ AJIT_GUARDED_BY(mutex_); ///< oldest first
  std::vector<CompileRequest*> loops_ AJIT_GUARDED_BY(mutex_);  ///< oldest first
  bool loop_was_last_ AJIT_GUARDED_BY(mutex_) = false;          ///< if a tier-up waits, it is next
};

} // namespace ajit
