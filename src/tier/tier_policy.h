//===- tier_policy.h - Which tier a function should have, and what to do about it --------------------------------===//
//
// Pure: figures in, a decision with its reason out. No clocks, threads, locks or LLVM, so that each rule is one row of
// a test. These moments need a decision: a tick of a function's counter or of a loop, a worker taking a request, and
// the end of a compile (which is decided like a tick).
//
// Loops. Three ticks, that is three milliseconds in one loop, make it due for a continuation, and for the last tier at
// once: whoever waits in a loop has no use for the tiers between. Where the function has callees or is very large the
// loop goes by way of O1: with what is imported for inlining, functions of thirty instructions in Lua take 1 to 3 ms at
// O1 and 150 to 260 ms at O3, and its interpreter's loop 140 and 600 ms; functions without callees take 10 to 50 ms at
// O1 and 16 to 80 ms at O3, and lose by the detour.
//
// Of a nest the outermost loop that turns at every tick is the one to leave: its continuation holds the nest once,
// where that of an inner loop holds the rest of each loop around it as well, and takes twice as long to compile. An
// inner loop comes to its turn when those around it have stopped turning.
//
// Ticks of one call count, or an eighth of those of different ones. A loop that is over when its function is called
// again is short and its function busy: the function should go up, and a continuation would hardly be entered. So the
// ticks of all loops of a function count for the function too, if it has been called more than once: also what is
// called forty times and runs for long each time, which has too few calls for any threshold.
//
// Load. While more than a few requests wait per worker, thresholds grow in proportion to the queue, as HotSpot's do:
// the queue holds what is hottest and the rest stays where it is. HotSpot's factor is 1 + queue / (k × workers), which
// moves every threshold as soon as anything waits. Ours is max(1, queue / (k × workers)): as steep, but exact until the
// workers are behind. Load decides whether to ask, never for which tier: of two compiles in a loaded system the one
// that makes the other superfluous is the cheaper.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "decision_record.h"
#include "function_state.h"
#include "loop_state.h"
#include "tier_options.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace ajit {

/// How busy the compile threads are.
struct CompileLoad {
  uint32_t queue_length = 0;
  uint32_t first_bodies = 0; ///< made within start_up_window_ms
  uint32_t workers = 1;
};

/// A program that calls many functions for the first time is starting up: the processors are busy with first bodies,
/// and what is counted now says little about what will be hot. Each first body beyond `calm_first_bodies` in this
/// window weighs on thresholds as `first_body_weight` waiting requests. (The sqlite3 shell's first query: a fifth less
/// CPU time; programs of a few functions do not notice.)
inline constexpr double start_up_window_ms = 20;
inline constexpr uint32_t calm_first_bodies = 16;
inline constexpr uint32_t first_body_weight = 4;

/// What to do, why, and the threshold it was measured against (0 if none).
struct Decision {
  Action action = Action::none;
  Tier target = Tier::O0;
  Reason reason = Reason::below_threshold;
  uint64_t threshold = 0;

  bool operator==(const Decision&) const = default;
};

/// Whether anything could still move the function up: not pinned, not failed, not at the last tier.
bool may_rise(const TierStatus& status, const TierOptions& options);

/// The highest tier whose threshold `calls` has reached, not below `installed` and not above the last tier.
Tier due_tier(uint64_t calls, Tier installed, const TierOptions& options);

/// The factor that load puts on thresholds, 1 or more.
double threshold_scale(const CompileLoad& load, const TierOptions& options);

/// At a tick and after a compile: none, enqueue or raise.
Decision decide_at_tick(uint64_t calls, const TierStatus& status, const CompileLoad& load, const TierOptions& options);

/// The tier that `ticks` in the loops of a function of `size` earn; O0 if they are too few.
Tier earned_tier(uint64_t ticks, const FunctionSize& size, const TierOptions& options);

/// What is known of a loop at a tick.
struct LoopFigures {
  uint64_t ticks = 0;
  uint64_t ticks_in_call = 0; ///< the latest of them, between which the function was not called
  FunctionSize size;          ///< of its function
  bool pinned = false;        ///< its function is
  bool turns_around = false;  ///< a loop around it turns too, between any two ticks
  bool nest_busy = false;     ///< a continuation of a loop around or inside it is asked for or compiled
};

/// At a tick of a loop that runs at `tier`: none or enqueue, a continuation. Continuations are served before all else,
/// so `load` is theirs alone: a start-up or a long queue of functions is no reason to leave a loop where it is.
Decision decide_at_loop_tick(const LoopFigures& loop, Tier tier, const LoopStatus& status, const CompileLoad& load,
                             const TierOptions& options);

/// A continuation that is being compiled.
struct CompileUnderWay {
  uint32_t age = 0;           ///< rounds since it was asked for
  uint32_t idle_rounds = 0;   ///< since the loop's last tick; the other loop has had some in them
  bool has_given_way = false; ///< before
  FunctionSize size;          ///< of the function
};

/// Whether the compile should give way to one for another loop of the function, which is about to be due: its own loop
/// is over, as one that fills the arrays of the next one is; or so it seems, and then it may ask again, and does not
/// give way a second time. One round before the other is due: a compile does not end at once. One that must have most
/// of its work behind it goes on: loops that take as long as their compiles and take turns would else never get any.
bool gives_way(const CompileUnderWay& compile, const TierOptions& options);

/// What is known of a function at a tick of one of its loops.
struct LoopingFunction {
  uint64_t calls = 0;
  uint64_t ticks = 0; ///< of all its loops
  FunctionSize size;
};

/// After forked children have wanted a function at `wanted`: none, enqueue or raise.
Decision decide_for_children(Tier wanted, const TierStatus& status, const TierOptions& options);

/// Whether those ticks take the function itself up: none, enqueue or raise.
Decision decide_for_loops(const LoopingFunction& function, const TierStatus& status, const CompileLoad& load,
                          const TierOptions& options);

/// Where the `check`-th check of a loop that runs at `tier` goes on if all is left to chance: nothing: in the loop.
/// Each loop draws its own patience from the seed, from leaving at once to a thousand checks.
std::optional<Tier> draw_at_check(FunctionId id, uint32_t loop, uint64_t check, Tier tier, const TierOptions& options);

/// A request as a worker sees it when it takes it.
struct WaitingRequest {
  uint64_t calls_then = 0; ///< when it was asked for
  uint64_t calls_now = 0;
  std::chrono::milliseconds waited{0};
  uint32_t others_waiting = 0;
};

/// When a worker takes a request: compile (what is due now, at least what was asked for) or drop.
Decision decide_at_taking(const WaitingRequest& request, const TierStatus& status, const TierOptions& options);

/// The same for a continuation; the request's calls are the loop's ticks.
Decision decide_at_taking(const WaitingRequest& request, const LoopFigures& loop, const LoopStatus& status,
                          const TierOptions& options);

/// Ranks requests: (calls per millisecond + 1) × (calls + 1) × (ticks of its loops + 1), the rate taken over the time
/// at the present tier.
double heat(uint64_t calls, uint64_t calls_at_tier, double ms_at_tier, uint64_t ticks = 0);

/// Whether `calls` are enough for the last tier, if that has a threshold at all.
bool is_hot(uint64_t calls, const TierOptions& options);

} // namespace ajit
