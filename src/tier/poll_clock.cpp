#include "poll_clock.h"

#include <cerrno>
#include <ctime>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ajit {
namespace {

/// The kernel's struct sched_attr; glibc has it since 2.41.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;
};

/// Tells the kernel that the calling thread never runs for longer than some microseconds; the kernel then lets it run
/// at once (EEVDF, since Linux 6.12; others ignore this). Otherwise, while the program and a compile use both of two
/// processors, a tick may be late by one of their time slices, 3 ms.
void ask_for_short_slices() {
  constexpr uint64_t slice_ns = 100'000;
  SchedulingAttributes attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;
  attributes.runtime = slice_ns;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

} // namespace

PollClock::PollClock(PollFlags& flags, const TierOptions& options)
    : flags_(flags), interval_(options.osr.interval), ticks_(options.osr.mode == OsrMode::on && !options.sync),
      thread_(ticks_ ? 1 : 0, [this] { run(); },
              {.name = "ajit-poll",
               .without = "cannot start the thread that times loops; loops stay at their tier",
               .stack_bytes = std::size_t{128} << 10}) {
  sem_init(&over_, /*pshared=*/0, 0);
  flags_.set_all(options.osr.mode == OsrMode::off ? 0 : 1);
}

PollClock::~PollClock() {
  stop();
  sem_destroy(&over_);
}

void PollClock::clear(uint32_t depth) {
  if (!ticks_) return;
  flags_.bytes[poll_byte_index(depth)].store(0, std::memory_order_relaxed);
  clearings_.fetch_add(1, std::memory_order_seq_cst);
  clearings_.notify_one(); // a system call only if the thread sleeps on it
  thread_.start();
}

void PollClock::reset_after_fork() {
  thread_.reset_after_fork();
  if (ticks_) flags_.strike();
}

void PollClock::stop() {
  if (!stopped_.exchange(true, std::memory_order_relaxed)) sem_post(&over_);
  clearings_.fetch_add(1, std::memory_order_seq_cst);
  clearings_.notify_one();
  thread_.join();
}

bool PollClock::sleep_for_interval() {
  constexpr int64_t second = 1'000'000'000;
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  const int64_t nanoseconds = until.tv_nsec + std::chrono::nanoseconds(interval_).count();
  until.tv_sec += nanoseconds / second;
  until.tv_nsec = nanoseconds % second;
  while (sem_clockwait(&over_, CLOCK_MONOTONIC, &until) != 0)
    if (errno != EINTR) return true;
  return false;
}

void PollClock::run() {
  ask_for_short_slices();
  while (sleep_for_interval()) {
    // Read before the flags: a later change also increments the count, and the wait ends at once.
    const uint32_t clearings = clearings_.load(std::memory_order_acquire);
    if (stopped_.load(std::memory_order_relaxed)) return;
    if (flags_.any_clear())
      flags_.strike();
    else
      clearings_.wait(clearings, std::memory_order_acquire);
  }
}

} // namespace ajit
