//===- clock.h - Time stamps -------------------------------------------------------------------------------------===//
#pragma once

#include <chrono>
#include <cstdint>

namespace ajit {

using SteadyClock = std::chrono::steady_clock;

/// Milliseconds between two points, as a figure to print.
inline double milliseconds(SteadyClock::time_point from, SteadyClock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Milliseconds since the process loaded this library; the time axis of every log line.
double uptime_ms();

/// The processor's time-stamp counter. Unordered: a few cycles of skew do not matter to a sample.
inline uint64_t read_cycles() { return __builtin_readcyclecounter(); }

} // namespace ajit
