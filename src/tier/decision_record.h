//===- decision_record.h - One decision about one function or loop, with its figures -----------------------------===//
#pragma once

#include "body_facts.h"
#include "tier.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ajit {

/// What to do about a function.
enum class Action : uint8_t {
  none,    ///< go on as before
  enqueue, ///< ask for a compile at the target
  raise,   ///< raise the waiting request to the target
  compile, ///< compile the target now
  drop,    ///< forget the request; a later tick may ask again
  install, ///< the target was compiled and published
  fail,    ///< the target could not be compiled
};

/// Why.
enum class Reason : uint8_t {
  below_threshold,   ///< too few calls for the next tier
  threshold_crossed, ///< the calls have reached the target's threshold
  held_by_load,      ///< the calls have, but so many requests wait that the threshold is higher
  held_by_cost,      ///< processors are busy, and the compile costs more than the function has cost so far
  overtaken,         ///< a higher tier became due while the request waited
  already_queued,    ///< a request for the target waits
  already_compiling, ///< a compile is under way; its end brings the next decision
  gone_cold,         ///< the function has not been called since the request, and others wait
  gave_way,          ///< its loop seems to be over, and another loop needs the worker
  at_last_tier,      ///< there is no tier above
  pinned,            ///< this function never changes tier
  failed_before,     ///< a failed compile is not tried again
  not_called_yet,    ///< the first call has not been reported
  parked,            ///< compiles wait while the process forks or ends
  compiled,          ///< the compiler succeeded
  compiler_error,    ///< the compiler failed; the note of the function or loop says why
  called_once,       ///< its loops run, but no further call would use a new body
  turns_around,      ///< a loop around this one iterates as well: frames leave that one
  nest_busy,         ///< a continuation of a loop around or inside this one is under way
  loop_runs,         ///< the loop has had the ticks for the target
  loops_run,         ///< the function's loops have had the ticks, and it is called repeatedly
  wanted_by_child,   ///< forked children wanted the target
  shares_unit,       ///< compiled together with a hotter function of its module
  forced,            ///< asked for by --osr=force
};

std::string_view action_name(Action action);
std::string_view reason_text(Reason reason);

/// A decision as it was taken. Plain data of fixed size, so that it can be kept without allocating.
struct DecisionRecord {
  double time_ms = 0;     ///< since start
  uint64_t calls = 0;     ///< calls of the function at that time; for a loop, its ticks
  uint64_t threshold = 0; ///< what `calls` was compared with, load included; 0 if there was none
  FunctionId id{};
  uint32_t loop = no_loop;   ///< index of the loop; no_loop: the decision is about the function as a whole
  uint32_t line = 0;         ///< of the loop; 0 if unknown
  uint32_t queue_length = 0; ///< other requests that waited at that time
  uint32_t workers = 0;      ///< compile threads that serve them
  uint32_t microseconds = 0; ///< compile time (install only)
  uint32_t code_bytes = 0;   ///< size of the body (install only)
  Tier tier = Tier::O0;      ///< installed at that time; for a loop, the tier it ran at when it asked
  Tier target = Tier::O0;
  Action action = Action::none;
  Reason reason = Reason::below_threshold;
};

/// "loop at line 42 (#2)", or without the line if it is unknown.
std::string describe_loop(uint32_t index, uint32_t line);

/// "12.345 ms  fib: enqueue O0 -> O1 at 100 calls: threshold crossed (threshold 100), 3 waiting", or
/// "12.345 ms  main: loop at line 42 (#2): enqueue O0 -> O3 at 3 ticks: the loop keeps running (threshold 3), 0
/// waiting".
std::string describe(const DecisionRecord& record, std::string_view function_name);

} // namespace ajit
