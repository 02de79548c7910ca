//===- poll_clock.h - Makes running loops report, once per millisecond -------------------------------------------===//
//
// Loops in code below the last tier have a check: it reads a byte, and asks the runtime if the byte is set. Counting
// iterations instead, as interpreters do, costs a read-modify-write per iteration and loop (1.15 times the run time at
// O0 and 1.28 times at O1, against 1.12 and 1.00 for the byte). A count also says how often a loop iterates, not how
// long it runs.
//
// So a thread sets the bytes at intervals; there is one for each depth of loops (poll_flags.h). The first check that
// finds its byte set clears it, and its loop has a tick. Ticks of one depth fall on loops in proportion to the time
// spent in them. A loop with a few ticks is worth a compile; one without is not.
//
// While all bytes stay set, no thread runs polled code. After one such interval the clock's thread sleeps until a check
// clears a byte. So it does not disturb a program that spends its time in code without checks, or in a system call. As
// long as checks keep clearing bytes the thread wakes by itself, so checks need no system call.
//
// Memory order: the bytes are hints, and relaxed throughout, here as in generated code (`monotonic`). A check may see
// its byte late, or ask in vain; the answer to it is published elsewhere (loop_profile.h). Only the sleeper must not
// miss a clearing or the stop. A thread that clears or stops does so first and then increments a count; sequential
// consistency puts its look for sleepers after that. The sleeper reads the count with acquire, then the bytes, and then
// waits for the count to change.
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

/// Controls the poll bytes and owns the thread that sets them. In synchronous mode, and with forced on-stack
/// replacement, the bytes are always set and there is no thread. With on-stack replacement off they are never set.
class PollClock {
public:
  /// `flags` must outlive the clock.
  PollClock(PollFlags& flags, const TierOptions& options);
  ~PollClock();
  PollClock(const PollClock&) = delete;
  PollClock& operator=(const PollClock&) = delete;

  /// Clears the byte for a check in a loop of `depth`, which found it set and has had its tick. Never waits or
  /// allocates, except that the first call in a process starts the thread: the bytes are set at first, and this check
  /// counts as in round 0, which is no tick.
  void clear(uint32_t depth);

  /// Makes every running loop ask at its next check, since a new continuation is there.
  void set() {
    if (ticks_) flags_.set_all(1);
  }

  /// The number of the present round; changes with each strike.
  uint32_t round() const { return flags_.round.load(std::memory_order_relaxed); }

  /// In the child of a fork, where the thread does not exist: the next check starts one, and may have a tick at once.
  void reset_after_fork();

  /// Ends the thread; no more ticks. Idempotent.
  void stop();

private:
  void run();
  /// False if the clock was stopped meanwhile.
  bool sleep_for_interval();

  PollFlags& flags_;
  const std::chrono::microseconds interval_;
  const bool ticks_; ///< a thread sets the bytes; false if they never change
  std::atomic<uint32_t> clearings_{0};
  std::atomic<bool> stopped_{false};
  /// The thread sleeps on it between ticks. A std::binary_semaphore would first yield the processor for 0.1 ms.
  sem_t over_{};
  WorkerPool thread_; ///< last: the thread ends before the members it uses
};

} // namespace ajit
