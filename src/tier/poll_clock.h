//===- poll_clock.h - Makes running loops report, once per millisecond -------------------------------------------===//
//
// Loops of code at O0 and O1 have a check: a byte of the process is read, and if it is set the runtime is asked.
// Counting instead, as interpreters do, costs a read-modify-write per iteration and loop (1.15 times at O0, 1.28 times
// at O1, against 1.12 and 1.00 for the byte), and a count says how often a loop turns, not how long it runs.
//
// So a thread sets the bytes at intervals, one for each depth of loops (poll_flags.h), and the first check that finds
// its byte set clears it and has a tick. Ticks of one depth fall on loops in proportion to the time spent in them: what
// has had a few is worth a compile, and nothing else is.
//
// While all bytes stay set nobody runs polled code. After one interval of that the thread sleeps until somebody clears
// one: a program whose time is in code without checks, or in a system call, is not disturbed. As long as checks keep
// clearing some the thread wakes by itself, so that checks need no system call.
//
// Memory order: the bytes are hints and relaxed throughout, here as in generated code (`monotonic`). A check may see it
// late, or ask in vain; what it is told is published elsewhere (loop_profile.h). Only the sleeper must not miss a
// clearing, nor the end: who clears or stops does so first and then counts it, sequentially consistent so that the look
// for sleepers comes after it; the sleeper reads the count with acquire, then the bytes, then waits for the count to
// change.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "poll_flags.h"
#include "tier_options.h"
#include "worker_pool.h"

#include <atomic>
#include <cstdint>
#include <semaphore.h>

namespace ajit {

/// Owns the values of the poll bytes and the thread behind them. In synchronous mode, and where on-stack replacement is
/// forced, they are always set and there is no thread; with on-stack replacement off they are never set.
class PollClock {
public:
  /// `flags` outlive the clock.
  PollClock(PollFlags& flags, const TierOptions& options);
  ~PollClock();
  PollClock(const PollClock&) = delete;
  PollClock& operator=(const PollClock&) = delete;

  /// There is code that polls. Any thread; starts the thread once, which costs as much as a thread's creation.
  void start();

  /// For a check in a loop of `depth` that found its byte set and has had its tick. Never waits or allocates, unless it
  /// is the first in a forked child: that starts the thread.
  void clear(uint32_t depth);

  /// Lets every running loop ask at its next check: there is something new to go on in.
  void set() {
    if (ticks_) flags_.set_all(1);
  }

  /// Changes with each strike.
  uint32_t round() const { return flags_.round.load(std::memory_order_relaxed); }

  /// In the child of a fork, where the thread does not exist: the next check starts one, and
  /// may have a tick at once.
  void reset_after_fork();

  /// Ends the thread; no more ticks. Idempotent.
  void stop();

private:
  void run();
  /// False if the clock was stopped meanwhile.
  bool sleep_for_interval();

  PollFlags& flags_;
  const std::chrono::microseconds interval_;
  const bool ticks_; ///< there is a thread when it is needed
  std::atomic<uint32_t> clearings_{0};
  std::atomic<bool> stopped_{false};
  /// What the thread sleeps on between ticks: std::binary_semaphore yields the processor for 0.1 ms first.
  sem_t over_{};
  WorkerPool thread_; ///< last: ends before what it uses
};

} // namespace ajit
