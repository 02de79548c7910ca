//===- call_schedule.h - At which calls a function's counter ticks -----------------------------------------------===//
//
// A tick costs some 40 ns and timing the call about as much again, so only chosen calls tick: those that cross a
// threshold, exactly; a few early in each tier, so that each has samples; and ever fewer later. The choice is a
// function of the number of calls so far, so a run can be repeated and a schedule can be tested without running.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_state.h"
#include "tier_options.h"

#include <cstdint>
#include <limits>

namespace ajit {

/// The number of a call that never comes.
inline constexpr uint64_t no_call = std::numeric_limits<uint64_t>::max();

/// The first call after `calls` that is to be timed: 2, 4 … 64; 128, 192 … 960; 1,024, 1,536 … 9,728, 10,240; 16,384
/// and on in powers of two; from 2^20 on every 2^20. The first call is not timed, as it mostly measures page faults.
uint64_t next_sample(uint64_t calls, ProfileMode mode);

/// Whether call number `call` is to be timed.
bool is_sample(uint64_t call, ProfileMode mode);

/// The first call after `calls` at which a function in `status` needs a decision or a timing. If a tier is due but not
/// installed, the function asks again after an eighth as many calls, at least 16: its request may have been held back
/// or dropped.
uint64_t next_event(uint64_t calls, const TierStatus& status, const TierOptions& options);

} // namespace ajit
