//===- tier_policy.cpp -------------------------------------------------------------------------------------------===//
#include "tier_policy.h"

#include <algorithm>

namespace ajit {
namespace {

Decision nothing(Reason reason, const TierStatus& status, uint64_t threshold = 0) {
  return {.action = Action::none, .target = status.tier, .reason = reason, .threshold = threshold};
}

Decision nothing(Reason reason, const LoopStatus& status, uint64_t threshold = 0) {
  return {.action = Action::none, .target = status.tier, .reason = reason, .threshold = threshold};
}

/// SplitMix64's output function: every bit of the result depends on every bit of `value`.
constexpr uint64_t mixed(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

/// The ticks that earn `target`.
uint64_t ticks_for(Tier target, const FunctionSize& size, const TierOptions& options) {
  const bool slow = size.instructions > options.osr.large_function || size.callees != 0;
  return uint64_t{options.osr.ticks} * (slow && target > Tier::O1 ? options.osr.slow_factor : 1);
}

/// The ticks that count towards a continuation.
uint64_t weight(const LoopFigures& loop, const TierOptions& options) {
  return std::max(loop.ticks_in_call, loop.ticks / std::max(options.osr.scattered_factor, 1U));
}

uint64_t scaled(uint64_t threshold, double scale) {
  return static_cast<uint64_t>(static_cast<double>(threshold) * scale);
}

} // namespace

bool may_rise(const TierStatus& status, const TierOptions& options) {
  return !status.pinned && status.state != FunctionState::failed && status.tier < options.max_tier;
}

Tier due_tier(uint64_t calls, Tier installed, const TierOptions& options) {
  Tier due = installed;
  for (Tier tier : all_tiers)
    if (tier > installed && tier <= options.max_tier && calls >= threshold_of(tier, options)) due = tier;
  return due;
}

double threshold_scale(const CompileLoad& load, const TierOptions& options) {
  if (options.sync) return 1;
  const double capacity = static_cast<double>(options.queue_per_worker) * std::max(load.workers, 1U);
  const uint32_t starting = load.first_bodies > calm_first_bodies ? load.first_bodies - calm_first_bodies : 0;
  return std::max(1.0, (load.queue_length + first_body_weight * starting) / std::max(capacity, 1.0));
}

Decision decide_at_tick(uint64_t calls, const TierStatus& status, const CompileLoad& load, const TierOptions& options) {
  if (status.state == FunctionState::cold) return nothing(Reason::not_called_yet, status);
  if (status.pinned) return nothing(Reason::pinned, status);
  if (status.state == FunctionState::failed) return nothing(Reason::failed_before, status);
  if (status.tier >= options.max_tier) return nothing(Reason::at_last_tier, status);

  const Tier due = due_tier(calls, status.tier, options);
  const uint64_t next = threshold_of(next_tier(status.tier), options);
  if (due == status.tier) return nothing(Reason::below_threshold, status, next);
  if (status.state == FunctionState::compiling) return nothing(Reason::already_compiling, status);

  const uint64_t reached = threshold_of(due, options);
  if (status.state == FunctionState::queued)
    return due > status.target
               ? Decision{.action = Action::raise, .target = due, .reason = Reason::overtaken, .threshold = reached}
               : nothing(Reason::already_queued, status);

  const double scale = threshold_scale(load, options);
  if (calls < scaled(next, scale)) return nothing(Reason::held_by_load, status, scaled(next, scale));
  return {.action = Action::enqueue, .target = due, .reason = Reason::threshold_crossed, .threshold = reached};
}

Decision weigh(const Decision& decision, const CompileWorth& worth) {
  const bool taken = decision.action == Action::compile;
  if ((decision.action != Action::enqueue && !taken) || worth.pays()) return decision;
  return {.action = taken ? Action::drop : Action::none,
          .target = decision.target,
          .reason = Reason::held_by_cost,
          .threshold = decision.threshold};
}

Decision decide_at_taking(const WaitingRequest& request, const TierStatus& status, const TierOptions& options) {
  const auto drop = [&](Reason reason) {
    return Decision{.action = Action::drop, .target = status.target, .reason = reason, .threshold = 0};
  };
  if (status.pinned) return drop(Reason::pinned);
  const bool idle = request.calls_now <= request.calls_then && request.waited >= options.cold_after;
  if (idle && request.others_waiting > 0) return drop(Reason::gone_cold);

  const Tier due = due_tier(request.calls_now, status.tier, options);
  const Tier target = std::max(due, status.target);
  // The function's loops requested this tier, not its calls.
  if (target > due) return {.action = Action::compile, .target = target, .reason = Reason::loops_run, .threshold = 0};
  return {.action = Action::compile,
          .target = target,
          .reason = target > status.target ? Reason::overtaken : Reason::threshold_crossed,
          .threshold = threshold_of(target, options)};
}

Tier earned_tier(uint64_t ticks, const FunctionSize& size, const TierOptions& options) {
  const Tier last = last_open_tier(options);
  if (ticks < options.osr.ticks) return Tier::O0;
  return ticks >= ticks_for(last, size, options) ? last : std::min(Tier::O1, last);
}

Decision decide_at_loop_tick(const LoopFigures& loop, Tier tier, const LoopStatus& status, const CompileLoad& load,
                             const TierOptions& options) {
  if (loop.pinned) return nothing(Reason::pinned, status);
  if (status.state == LoopState::failed) return nothing(Reason::failed_before, status);
  const Tier last = last_open_tier(options);
  if (std::max(tier, status.tier) >= last) return nothing(Reason::at_last_tier, status);

  const uint64_t ticks = weight(loop, options);
  const Tier earned = earned_tier(ticks, loop.size, options);
  if (earned <= std::max(tier, status.tier)) {
    const bool first = ticks < options.osr.ticks;
    return nothing(Reason::below_threshold, status, first ? options.osr.ticks : ticks_for(last, loop.size, options));
  }
  if (status.state == LoopState::compiling) return nothing(Reason::already_compiling, status);
  // The worker that takes the request decides on the tier, which the loop has earned by then.
  if (status.state == LoopState::queued) return nothing(Reason::already_queued, status);

  if (loop.turns_around) return nothing(Reason::turns_around, status);
  if (loop.nest_busy) return nothing(Reason::nest_busy, status);

  const uint64_t needed = scaled(options.osr.ticks, threshold_scale(load, options));
  if (ticks < needed) return nothing(Reason::held_by_load, status, needed);
  return {.action = Action::enqueue,
          .target = earned,
          .reason = Reason::loop_runs,
          .threshold = ticks_for(earned, loop.size, options)};
}

bool gives_way(const CompileUnderWay& compile, const TierOptions& options) {
  // Most compiles take four to seven times as long as the ticks that earn them.
  const bool nearly_done = compile.age >= 4 * ticks_for(last_open_tier(options), compile.size, options);
  return !compile.has_given_way && !nearly_done && compile.idle_rounds >= std::max(options.osr.ticks, 2U) - 1;
}

Decision decide_for_loops(const LoopingFunction& function, const TierStatus& status, const CompileLoad& load,
                          const TierOptions& options) {
  if (status.state == FunctionState::cold) return nothing(Reason::not_called_yet, status);
  if (status.pinned) return nothing(Reason::pinned, status);
  if (status.state == FunctionState::failed) return nothing(Reason::failed_before, status);
  if (status.tier >= options.max_tier) return nothing(Reason::at_last_tier, status);
  if (function.calls < 2) return nothing(Reason::called_once, status);

  const Tier earned = earned_tier(function.ticks, function.size, options);
  const uint64_t reached = ticks_for(earned, function.size, options);
  if (earned <= status.tier) return nothing(Reason::below_threshold, status, options.osr.ticks);
  if (status.state == FunctionState::compiling) return nothing(Reason::already_compiling, status);
  if (status.state == FunctionState::queued)
    return earned > status.target
               ? Decision{.action = Action::raise, .target = earned, .reason = Reason::loops_run, .threshold = reached}
               : nothing(Reason::already_queued, status);

  const uint64_t needed = scaled(options.osr.ticks, threshold_scale(load, options));
  if (function.ticks < needed) return nothing(Reason::held_by_load, status, needed);
  return {.action = Action::enqueue, .target = earned, .reason = Reason::loops_run, .threshold = reached};
}

Decision decide_for_children(Tier wanted, const TierStatus& status, const TierOptions& options) {
  if (status.state == FunctionState::cold) return nothing(Reason::not_called_yet, status);
  if (!may_rise(status, options) || wanted <= status.tier) return nothing(Reason::at_last_tier, status);
  if (status.state == FunctionState::compiling) return nothing(Reason::already_compiling, status);
  if (status.state == FunctionState::queued)
    return wanted > status.target ? Decision{.action = Action::raise, .target = wanted, .reason = Reason::overtaken}
                                  : nothing(Reason::already_queued, status);
  return {.action = Action::enqueue, .target = wanted, .reason = Reason::wanted_by_child};
}

std::optional<Tier> draw_at_check(FunctionId id, uint32_t loop, uint64_t check, Tier tier, const TierOptions& options) {
  const uint64_t place = mixed(*options.osr.seed ^ (uint64_t{index_of(id)} << 32 | loop));
  constexpr std::array<uint64_t, 6> patience{1, 2, 4, 16, 64, 1024};
  const uint64_t drawn = mixed(place + 4 * check + tier_index(tier));
  if (drawn % patience[(place + tier_index(tier)) % patience.size()] != 0) return std::nullopt;
  const std::size_t higher = tier_index(options.max_tier) - tier_index(tier);
  return all_tiers[tier_index(tier) + 1 + (drawn >> 32) % higher];
}

Decision decide_at_taking(const WaitingRequest& request, const LoopFigures& loop, const LoopStatus& status,
                          const TierOptions& options) {
  const bool idle = request.calls_now <= request.calls_then && request.waited >= options.cold_after;
  const auto drop = [&](Reason reason) {
    return Decision{.action = Action::drop, .target = status.target, .reason = reason, .threshold = 0};
  };
  if (loop.pinned) return drop(Reason::pinned);
  if (idle && request.others_waiting > 0) return drop(Reason::gone_cold);
  const Tier target = std::max(status.target, earned_tier(weight(loop, options), loop.size, options));
  return {.action = Action::compile,
          .target = target,
          .reason = target > status.target ? Reason::overtaken : Reason::loop_runs,
          .threshold = ticks_for(target, loop.size, options)};
}

bool may_accompany(const Companion& function, Tier target, const TierOptions& options) {
  const TierStatus& status = function.status;
  if (!may_rise(status, options) || status.tier >= target) return false;
  if (status.state == FunctionState::queued) return true;
  return status.state == FunctionState::installed && target >= Tier::O2 &&
         function.calls >= threshold_of(target, options) / options.companion_part;
}

void choose_companions(std::vector<Companion>& companions, uint32_t instructions, const TierOptions& options) {
  std::sort(companions.begin(), companions.end(),
            [](const Companion& left, const Companion& right) { return left.heat > right.heat; });
  std::erase_if(companions, [&](const Companion& companion) {
    if (uint64_t{instructions} + companion.instructions > options.unit_instructions) return true;
    instructions += companion.instructions;
    return false;
  });
}

double heat(uint64_t calls, uint64_t calls_at_tier, double ms_at_tier, uint64_t ticks) {
  // A tier less than a millisecond old has no meaningful rate; counting it as one millisecond keeps newcomers in
  // proportion.
  const double rate = static_cast<double>(calls - std::min(calls, calls_at_tier)) / std::max(ms_at_tier, 1.0);
  return (rate + 1) * (static_cast<double>(calls) + 1) * (static_cast<double>(ticks) + 1);
}

bool is_hot(uint64_t calls, const TierOptions& options) {
  return options.max_tier > options.min_tier && calls >= threshold_of(options.max_tier, options);
}

} // namespace ajit
