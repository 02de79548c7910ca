#include "deadline.h"

#include <atomic>
#include <unistd.h>

namespace ajit {
namespace {

std::atomic<bool> enabled{false};
thread_local DeadlineScope* innermost = nullptr;

} // namespace

void enable_deadlines() { enabled = true; }

void end_if_deadline(const siginfo_t& info) noexcept {
  if (info.si_code != SI_TIMER || !innermost || info.si_value.sival_ptr != innermost) return;
  const std::string& message = innermost->message_;
  if (write(STDERR_FILENO, message.data(), message.size()) < 0) _exit(1);
  _exit(1);
}

DeadlineScope::DeadlineScope(unsigned seconds, std::string message) : message_(std::move(message) + '\n') {
  if (!enabled) return;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGSEGV;
  event.sigev_value.sival_ptr = this;
  event._sigev_un._tid = gettid();
  // Without a timer, as when the user has too many, there is no deadline.
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) return;
  armed_ = true;
  outer_ = innermost;
  innermost = this;
  itimerspec limit{};
  limit.it_value.tv_sec = seconds;
  timer_settime(timer_, 0, &limit, nullptr);
}

DeadlineScope::~DeadlineScope() {
  if (!armed_) return;
  timer_delete(timer_);
  innermost = outer_;
}

} // namespace ajit
