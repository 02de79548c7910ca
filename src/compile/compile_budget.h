//===- compile_budget.h - How long a compile may take -------------------------------------------------------------===//
//
// Some passes take a time that grows with the square of a function's size or worse: minutes for a switch of 2,500 cases
// in a loop. A compile that improves a function is ajit's own idea, so it gets a budget that grows with the size of the
// unit, in processor time of its thread. When the budget is spent, the pass manager skips the passes that are left, the
// compile ends, and the function keeps its tier.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <ctime>

namespace ajit {

/// In milliseconds of processor time.
constexpr uint64_t compile_budget_ms(uint64_t instructions) { return 1000 + instructions; }

/// The processor time of the calling thread, in milliseconds.
inline uint64_t thread_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

} // namespace ajit
