//===- compile_budget.h - How long a compile may take -------------------------------------------------------------===//
//
// Some passes take a time that grows with the square of a function's size or worse: minutes for a switch of 2,500 cases
// in a loop. A compile that improves a function is ajit's own idea, so it gets a budget that grows with the size of the
// unit, in processor time of its thread. When the budget is spent, the pass manager skips the passes that are left, and
// the compile ends. The tier below is tried then.
//
// Other functions need not wait for that. A compile that takes long, or is about to, tells so once; its thread then
// leaves its place to another one and goes on with less priority (TierManager::set_aside).
//
// A single pass is not cut short: it may be inside malloc or hold a lock, and its thread cannot be ended at such a
// place. It costs what its thread costs, and no other function's time.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace ajit {

/// A compile takes long from here on: in milliseconds of processor time, and in instructions of its unit.
constexpr uint64_t long_compile_ms = 100;
constexpr uint64_t long_compile_instructions = 20'000;

/// In milliseconds of processor time.
constexpr uint64_t compile_budget_ms(uint64_t instructions) { return 1000 + instructions; }

} // namespace ajit
