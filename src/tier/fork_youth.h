//===- fork_youth.h - The first milliseconds of a forked child ----------------------------------------------------===//
//
// Most children run another program or end before a compile of their own would help them. The period is counted in
// processor time of the process, since a child that waits gains nothing from a compile either.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <atomic>
#include <chrono>
#include <ctime>

namespace ajit {

class ForkYouth {
public:
  explicit ForkYouth(std::chrono::milliseconds length) : length_(length) {}

  /// Called in a child, by its only thread.
  void begin() { may_last_.store(true, std::memory_order_relaxed); }

  /// False in a process that never called begin(). Any thread.
  bool lasts() {
    if (!may_last_.load(std::memory_order_relaxed)) return false;
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    if (std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec) < length_) return true;
    may_last_.store(false, std::memory_order_relaxed);
    return false;
  }

private:
  const std::chrono::milliseconds length_;
  std::atomic<bool> may_last_{false}; ///< a hint: nothing is published through it
};

} // namespace ajit
