//===- tier_policy.cpp -------------------------------------------------------------------------------------------===//
#include "tier_policy.h"

#include <algorithm>

namespace ajit {
namespace {

Decision nothing(Reason reason, const TierStatus& status, uint64_t threshold = 0) {
  return {.action = Action::none, .target = status.tier, .reason = reason, .threshold = threshold};
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

Decision decide_at_taking(const WaitingRequest& request, const TierStatus& status, const TierOptions& options) {
  const auto drop = [&](Reason reason) {
    return Decision{.action = Action::drop, .target = status.target, .reason = reason, .threshold = 0};
  };
  if (status.pinned) return drop(Reason::pinned);
  const bool idle = request.calls_now <= request.calls_then && request.waited >= options.cold_after;
  if (idle && request.others_waiting > 0) return drop(Reason::gone_cold);

  const Tier due = due_tier(request.calls_now, status.tier, options);
  const Tier target = std::max(due, status.target);
  return {.action = Action::compile,
          .target = target,
          .reason = target > status.target ? Reason::overtaken : Reason::threshold_crossed,
          .threshold = threshold_of(target, options)};
}

double heat(uint64_t calls, uint64_t calls_at_tier, double ms_at_tier) {
  // A tier less than a millisecond old gives no rate to speak of; counting it as one keeps newcomers in proportion.
  const double rate = static_cast<double>(calls - std::min(calls, calls_at_tier)) / std::max(ms_at_tier, 1.0);
  return (rate + 1) * (static_cast<double>(calls) + 1);
}

bool is_hot(uint64_t calls, const TierOptions& options) {
  return options.max_tier > options.min_tier && calls >= threshold_of(options.max_tier, options);
}

} // namespace ajit
