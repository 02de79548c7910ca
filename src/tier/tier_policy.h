//===- tier_policy.h - Which tier a function should have, and what to do about it --------------------------------===//
//
// Pure functions: figures in, a decision with its reason out. They know no clocks, threads, locks or LLVM, so each rule
// is one row of a test. These moments need a decision: a tick of a function's counter or of a loop, a worker taking a
// request, and the end of a compile (which is decided like a tick).
//
// Loops. Three ticks, that is three milliseconds in one loop, make it due for a continuation at the last tier: a call
// that stays in a loop gains nothing from the tiers between. If the function has callees or is very large, the loop
// goes by way of O1, because functions imported for inlining make compiles at the last tier long. In Lua, functions of
// thirty instructions take 1 to 3 ms at O1 and 150 to 260 ms at O3, and the interpreter's loop takes 140 and 600 ms.
// Functions without callees take 10 to 50 ms at O1 and 16 to 80 ms at O3, and lose by the detour.
//
// Nests. Frames leave the outermost loop that iterates at every tick. Its continuation holds the nest once. The
// continuation of an inner loop holds the rest of each loop around it as well, and takes twice as long to compile. An
// inner loop becomes due once the loops around it have stopped iterating.
//
// Calls. Ticks within one call count in full; ticks of different calls count an eighth. If a loop is over when its
// function is called again, the loop is short and the function busy: the function should go up, and few frames would
// enter a continuation. So the ticks of all loops of a function also count for the function, if it has been called more
// than once. This covers a function that is called forty times and runs for long each time, and so has too few calls
// for any threshold.
//
// Units. A unit's fixed cost is that of a few hundred instructions, and a callee that is inlined in five units is
// optimised five times. So a worker that takes a request takes others of the same module along: those that wait anyway
// and, from O2 on, those that are likely to come. At the last tier they call one another directly. The limit of a
// unit's size keeps the hottest from waiting long for the rest.
//
// Load. While more than a few requests wait per worker, thresholds grow in proportion to the queue, as HotSpot's do:
// the queue holds the hottest functions and the others stay at their tier. HotSpot's factor is 1 + queue / (k ×
// workers), which moves every threshold as soon as a request waits. Ours is max(1, queue / (k × workers)): as steep,
// but exact until the workers are behind. Load decides whether to request a compile, never at which tier: in a loaded
// system the higher tier is cheaper, since it makes the compile at the lower one superfluous.
//
// Cost. With a processor to spare, background compiles cost the program nothing. Otherwise each takes time from it. A
// function then goes up once it has run at its present tier for as long as the compile will take: the rule of the
// ski-rental problem. Whatever the program does next, it pays at most twice what the better choice would have cost it
// (Karlin, Manasse, Rudolph and Sleator, "Competitive snoopy caching", Algorithmica 1988).
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
#include <vector>

namespace ajit {

/// How busy the compile threads are.
struct CompileLoad {
  uint32_t queue_length = 0;
  uint32_t first_bodies = 0; ///< made within start_up_window_ms
  uint32_t workers = 1;
};

/// A program that calls many functions for the first time is starting up: the processors are busy with first bodies,
/// and present counts say little about which functions will be hot. So each first body beyond `calm_first_bodies` in
/// this window raises thresholds like `first_body_weight` waiting requests. (The sqlite3 shell's first query takes a
/// fifth less CPU time this way; programs of a few functions show no difference.)
inline constexpr double start_up_window_ms = 20;
inline constexpr uint32_t calm_first_bodies = 16;
inline constexpr uint32_t first_body_weight = 4;

/// What a compile costs, and what the function or loop has cost at its present tier; in milliseconds.
struct CompileWorth {
  double spent_ms = 0;
  double cost_ms = 0;

  bool pays() const { return spent_ms >= cost_ms; }
};

/// What to do, why, and the threshold that was compared with (0 if there was none).
struct Decision {
  Action action = Action::none;
  Tier target = Tier::O0;
  Reason reason = Reason::below_threshold;
  uint64_t threshold = 0;

  bool operator==(const Decision&) const = default;
};

/// Whether the function can still go up: it is not pinned, has not failed, and is below the last tier.
bool may_rise(const TierStatus& status, const TierOptions& options);

/// The highest tier whose threshold `calls` has reached, not below `installed` and not above the last tier.
Tier due_tier(uint64_t calls, Tier installed, const TierOptions& options);

/// The factor that load puts on thresholds, 1 or more.
double threshold_scale(const CompileLoad& load, const TierOptions& options);

/// The decision at a tick and after a compile: none, enqueue or raise.
Decision decide_at_tick(uint64_t calls, const TierStatus& status, const CompileLoad& load, const TierOptions& options);

/// The decision while compile threads get less than a processor: the same, but no compile that does not pay yet.
Decision weigh(const Decision& decision, const CompileWorth& worth);

/// The tier that `ticks` in the loops of a function of `size` earn; O0 if they are too few.
Tier earned_tier(uint64_t ticks, const FunctionSize& size, const TierOptions& options);

/// What is known about a loop at a tick.
struct LoopFigures {
  uint64_t ticks = 0;
  uint64_t ticks_in_call = 0; ///< the latest of them, with no call of the function between them
  FunctionSize size;          ///< of its function
  bool pinned = false;        ///< its function is pinned
  bool turns_around = false;  ///< a loop around it iterates too, between any two ticks
  bool nest_busy = false;     ///< a continuation of a loop around or inside it is queued or being compiled
};

/// The decision at a tick of a loop that runs at `tier`: none, or enqueue for a continuation. Workers serve
/// continuations before all else, so `load` counts these alone: neither start-up nor a long queue of functions holds
/// back a loop.
Decision decide_at_loop_tick(const LoopFigures& loop, Tier tier, const LoopStatus& status, const CompileLoad& load,
                             const TierOptions& options);

/// A continuation that is being compiled.
struct CompileUnderWay {
  uint32_t age = 0;           ///< rounds since it was asked for
  uint32_t idle_rounds = 0;   ///< since the loop's last tick; the other loop has had some in these rounds
  bool has_given_way = false; ///< once before
  FunctionSize size;          ///< of the function
};

/// Whether the compile should give way to one for another loop of the function that is about to be due. It should if
/// its own loop seems to be over, like a loop that fills the arrays of the next one. If that loop runs on after all, it
/// may ask again, and its second compile does not give way. The compile gives way one round before the other loop is
/// due, because it does not end at once. A compile that must have done most of its work goes on: otherwise loops that
/// take turns, each for as long as its compile, would never get a continuation.
bool gives_way(const CompileUnderWay& compile, const TierOptions& options);

/// What is known about a function at a tick of one of its loops.
struct LoopingFunction {
  uint64_t calls = 0;
  uint64_t ticks = 0; ///< of all its loops
  FunctionSize size;
};

/// The decision after forked children have wanted a function at `wanted`: none, enqueue or raise.
Decision decide_for_children(Tier wanted, const TierStatus& status, const TierOptions& options);

/// Whether the ticks of its loops take the function itself up: none, enqueue or raise.
Decision decide_for_loops(const LoopingFunction& function, const TierStatus& status, const CompileLoad& load,
                          const TierOptions& options);

/// With --osr=force and a seed: the tier at which the `check`-th check of a loop at `tier` goes on, or nothing to stay
/// in the loop. Each loop draws its own patience from the seed, from leaving at once to a thousand checks.
std::optional<Tier> draw_at_check(FunctionId id, uint32_t loop, uint64_t check, Tier tier, const TierOptions& options);

/// A request as a worker sees it when it takes it.
struct WaitingRequest {
  uint64_t calls_then = 0; ///< when it was asked for
  uint64_t calls_now = 0;
  std::chrono::milliseconds waited{0};
  uint32_t others_waiting = 0;
};

/// The decision when a worker takes a request: compile (what is due now, at least what was requested) or drop.
Decision decide_at_taking(const WaitingRequest& request, const TierStatus& status, const TierOptions& options);

/// The same for a continuation; the request's calls are the loop's ticks.
Decision decide_at_taking(const WaitingRequest& request, const LoopFigures& loop, const LoopStatus& status,
                          const TierOptions& options);

/// A function that might be compiled in one unit with a request that a worker has taken.
struct Companion {
  FunctionId id{};
  TierStatus status;
  uint64_t calls = 0;
  uint32_t instructions = 0;
  double heat = 0;
};

/// Whether a function of the same module may be compiled at `target` along with a request: another tier-up waits for
/// it or, from O2 on, it has been called often enough that one is likely.
bool may_accompany(const Companion& function, Tier target, const TierOptions& options);

/// Orders `companions` by heat and keeps those that fit into a unit that has `instructions` already.
void choose_companions(std::vector<Companion>& companions, uint32_t instructions, const TierOptions& options);

/// Ranks requests: (calls per millisecond + 1) × (calls + 1) × (ticks of its loops + 1). The rate covers the time at
/// the present tier.
double heat(uint64_t calls, uint64_t calls_at_tier, double ms_at_tier, uint64_t ticks = 0);

/// Whether `calls` have reached the threshold of the last tier; false if there is only one tier.
bool is_hot(uint64_t calls, const TierOptions& options);

} // namespace ajit
