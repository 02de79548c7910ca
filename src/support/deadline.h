//===- deadline.h - An end to work that the program waits for -----------------------------------------------------===//
//
// Problem: bitcode that is damaged can make a loop of LLVM's run for ever. At a load or at a first call there is
// nothing that the program could do meanwhile, signals are held, and no thread can be ended from outside.
//
// Approach: a timer of the kernel measures the thread's processor time and sends a fault signal to it, as these alone
// are not held. The handler prints a line and ends the process: the program cannot go on without the result. Limits are
// far above what the work takes (deadline_for()).
//
// Deadlines hold only in a process whose fault handlers know of them: enable_deadlines() is for ajit-run.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>

namespace ajit {

/// From now on deadlines hold. The handler of SIGSEGV must call end_if_deadline().
void enable_deadlines();

/// Ends the process if the signal that `info` describes says that a deadline has passed. Async-signal-safe.
void end_if_deadline(const siginfo_t& info) noexcept;

/// In seconds of processor time, for reading or compiling at O0 something of `bytes` of bitcode: a hundred times what
/// either takes.
constexpr unsigned deadline_for(uint64_t bytes) { return 4 + static_cast<unsigned>(bytes >> 17); }

/// While it lives, its thread may use `seconds` of processor time; then the process ends with status 1 and the line
/// `message`. The innermost deadline of a thread counts.
class DeadlineScope {
public:
  DeadlineScope(unsigned seconds, std::string message);
  ~DeadlineScope();
  DeadlineScope(const DeadlineScope&) = delete;
  DeadlineScope& operator=(const DeadlineScope&) = delete;

private:
  const std::string message_; ///< with the line's end
  DeadlineScope* outer_ = nullptr;
  timer_t timer_{};
  bool armed_ = false;

  friend void end_if_deadline(const siginfo_t& info) noexcept;
};

} // namespace ajit
