//===- clock.h - Time stamps -------------------------------------------------------------------------------------===//
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace ajit {

using SteadyClock = std::chrono::steady_clock;

/// Milliseconds between two points, as a figure to print.
inline double milliseconds(SteadyClock::time_point from, SteadyClock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Milliseconds since the process loaded this library; the time axis of every log line.
double uptime_ms();

/// The processor time of the calling thread, in milliseconds.
inline double thread_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// The processor's time-stamp counter. Unordered: a few cycles of skew do not matter to a sample.
inline uint64_t read_cycles() { return __builtin_readcyclecounter(); }

/// Cycles of that counter per millisecond, by what has passed since the process loaded this library.
double cycles_per_ms();

} // namespace ajit
