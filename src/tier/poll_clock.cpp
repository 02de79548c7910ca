#include "poll_clock.h"

namespace ajit {

PollClock::PollClock(PollFlags& flags, const TierOptions& options)
    : flags_(flags), interval_(options.osr.interval), ticks_(options.osr.mode == OsrMode::on && !options.sync),
      thread_(ticks_ ? 1 : 0, [this] { run(); },
              {.name = "ajit-poll",
               .without = "no thread to time loops, they stay at their tier",
               .stack_bytes = std::size_t{128} << 10}) {
  flags_.set_all(options.osr.mode == OsrMode::off || ticks_ ? 0 : 1);
}

void PollClock::start() {
  if (ticks_) thread_.start();
}

void PollClock::clear(uint32_t depth) {
  if (!ticks_) return;
  flags_.bytes[poll_byte_index(depth)].store(0, std::memory_order_relaxed);
  clearings_.fetch_add(1, std::memory_order_seq_cst);
  clearings_.notify_one(); // no system call unless the thread sleeps for it
  thread_.start();
}

void PollClock::reset_after_fork() {
  thread_.reset_after_fork();
  if (ticks_) flags_.strike();
}

void PollClock::stop() {
  if (!stopped_.exchange(true, std::memory_order_relaxed)) over_.release();
  clearings_.fetch_add(1, std::memory_order_seq_cst);
  clearings_.notify_one();
  thread_.join();
}

void PollClock::run() {
  for (;;) {
    if (over_.try_acquire_for(interval_)) return;
    // Before the look at what it stands for: what changes later changes the count as well, and the wait ends at once.
    const uint32_t clearings = clearings_.load(std::memory_order_acquire);
    if (stopped_.load(std::memory_order_relaxed)) return;
    if (flags_.any_clear())
      flags_.strike();
    else
      clearings_.wait(clearings, std::memory_order_acquire);
  }
}

} // namespace ajit
