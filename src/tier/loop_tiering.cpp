#include "loop_tiering.h"
#include "atomic_status.h"
#include "clock.h"
#include "compile_gate.h"
#include "count.h"
#include "notes.h"

#include <algorithm>
#include <utility>

namespace ajit {
namespace {

LoopStatus with_state(LoopStatus status, LoopState state, Tier target) {
  status.state = state;
  status.target = target;
  return status;
}

bool is_under_way(const LoopProfile& loop) {
  const LoopState state = loop.status.load(std::memory_order_relaxed).state;
  return state == LoopState::queued || state == LoopState::compiling;
}

bool nest_is_busy(const LoopTable& table, uint32_t index) {
  for (uint32_t i = 0; i != table.count; ++i)
    if (is_under_way(table.profiles[i]) && (table.encloses(i, index) || table.encloses(index, i))) return true;
  return false;
}

/// Whether a loop around the one at `index` has had a tick in this round or the one before, and frames can leave it.
bool turns_around(const LoopTable& table, uint32_t index, uint32_t round) {
  while ((index = table.profiles[index].facts.around) != no_loop) {
    const LoopProfile& loop = table.profiles[index];
    const uint32_t last = loop.last_round.load(std::memory_order_relaxed);
    const bool can_be_left =
        loop.facts.excluded.empty() && loop.status.load(std::memory_order_relaxed).state != LoopState::failed;
    if (can_be_left && last != 0 && round - last <= 1) return true;
  }
  return false;
}

LoopFigures figures_of(const LoopTable& table, uint32_t index, bool pinned) {
  const LoopProfile& loop = table.profiles[index];
  return {.ticks = loop.ticks.load(std::memory_order_relaxed),
          .ticks_in_call = loop.ticks_in_call.load(std::memory_order_relaxed),
          .size = table.size,
          .pinned = pinned};
}

LoopStatus idle(LoopStatus status) { return with_state(status, LoopState::idle, status.tier); }

} // namespace

LoopTiering::LoopTiering(Parts parts, PollFlags& poll_flags)
    : parts_(std::move(parts)), options_(parts_.options), clock_(poll_flags, parts_.options) {}

void LoopTiering::add(FunctionProfile& function, std::vector<LoopFacts> loops, FunctionSize size) {
  function.loops.store(new LoopTable(std::move(loops), size), std::memory_order_release);
}

bool LoopTiering::agree(FunctionId id, const FunctionProfile& function, std::span<const LoopFacts> loops) {
  const LoopTable* table = function.loops.load(std::memory_order_acquire);
  const uint32_t count = table ? table->count : 0;
  bool all = loops.size() == count;
  for (uint32_t i = 0; i != count; ++i) {
    const LoopFacts& first = table->profiles[i].facts;
    if (!first.excluded.empty()) continue;
    if (i < loops.size() && loops[i].excluded.empty() && loops[i].layout == first.layout) continue;
    all = false;
    give_up(id, i, "its live values differ from those of the first body");
    update(table->profiles[i].status,
           [](LoopStatus status) { return with_state(status, LoopState::failed, status.target); });
  }
  return all;
}

std::vector<uint64_t> LoopTiering::layouts(const FunctionProfile& function) {
  std::vector<uint64_t> layouts;
  const LoopTable* table = function.loops.load(std::memory_order_acquire);
  for (uint32_t i = 0; table && i != table->count; ++i) {
    const LoopFacts& facts = table->profiles[i].facts;
    layouts.push_back(facts.excluded.empty() ? facts.layout : 0);
  }
  return layouts;
}

LoopAnswer LoopTiering::request(const FunctionProfile& function, FunctionId id, uint32_t index, Tier tier) {
  LoopTable* table = function.loops.load(std::memory_order_acquire);
  if (!table || index >= table->count) return {};
  const Place place{.table = *table, .loop = table->profiles[index], .id = id, .index = index};
  const bool stays = frames_stay_.load(std::memory_order_relaxed);
  if (options_.osr.mode == OsrMode::force) return {.entry = stays ? nullptr : forced(place, tier), .weighs = false};

  LoopProfile& loop = place.loop;
  if (void* entry = stays ? nullptr : enter(loop, loop.best_above(tier))) {
    count(table->ticks);
    return {.entry = entry, .weighs = true};
  }
  const uint32_t round = round_at_check(place);
  if (loop.last_round.exchange(round, std::memory_order_relaxed) == round) return {};
  if (count(ticks_) == 1) warm_up(place, tier);
  // In one round each loop of a nest may have a tick; their function has one.
  const bool weighs = table->last_round.exchange(round, std::memory_order_relaxed) != round;
  if (weighs) count(table->ticks);
  loop.add_tick(function.counter.calls());
  if (stays) return {.entry = nullptr, .weighs = weighs}; // its function may still go up
  consider(place, tier, round, function.status.load(std::memory_order_relaxed).pinned);
  // In synchronous mode consider() may have compiled one.
  return {.entry = options_.sync ? enter(loop, loop.best_above(tier)) : nullptr, .weighs = weighs};
}

uint32_t LoopTiering::round_at_check(const Place& place) {
  if (options_.sync) return static_cast<uint32_t>(count(place.table.checks) / checks_per_tick);
  clock_.clear(place.loop.facts.depth);
  return clock_.round();
}

void* LoopTiering::enter(LoopProfile& loop, LoopProfile::Continuation continuation) {
  if (!continuation.entry) return nullptr;
  loop.tiers[tier_index(continuation.tier)].add_entry();
  count(entries_);
  return continuation.entry;
}

void* LoopTiering::forced(const Place& place, Tier tier) {
  const uint64_t check = count(place.loop.checks);
  std::optional<Tier> target = options_.max_tier;
  if (options_.osr.seed) target = draw_at_check(place.id, place.index, check, tier, options_);
  if (!target || *target <= tier) return nullptr;
  const std::atomic<void*>& entry = place.loop.entries[tier_index(*target)];
  if (!entry.load(std::memory_order_acquire))
    compile_now(place, tier, {.action = Action::compile, .target = *target, .reason = Reason::forced});
  return enter(place.loop, {.entry = entry.load(std::memory_order_acquire), .tier = *target});
}

void LoopTiering::consider(const Place& place, Tier tier, uint32_t round, bool pinned) {
  LoopFigures figures = figures_of(place.table, place.index, pinned);
  figures.turns_around = turns_around(place.table, place.index, round);
  figures.nest_busy = nest_is_busy(place.table, place.index);
  while (!parts_.queue.stopped()) {
    const LoopStatus seen = place.loop.status.load(std::memory_order_acquire);
    Decision decision = decide_at_loop_tick(figures, tier, seen, load(), options_);
    if (options_.weigh_costs && !options_.sync && parts_.costs.contended())
      decision = weigh(decision, {.spent_ms = loop_ms(figures.ticks, options_),
                                  .cost_ms = parts_.costs.expected_ms(compile_size(place, decision.target))});
    if (decision.action == Action::none) {
      if (decision.reason == Reason::held_by_load || decision.reason == Reason::held_by_cost)
        note(place, tier, decision);
      if (decision.reason == Reason::below_threshold || decision.reason == Reason::already_queued)
        overtake(place, round);
      return;
    }
    if (options_.sync) {
      decision.action = Action::compile;
      return compile_now(place, tier, decision);
    }
    if (parts_.is_young()) return; // a later tick asks again
    LoopStatus wanted = with_state(seen, LoopState::queued, decision.target);
    wanted.from = tier;
    if (!replace(place.loop.status, seen, wanted)) continue;
    place.loop.asked_in_round.store(round, std::memory_order_relaxed);
    // Noted before it is pushed, or the worker's records might come first.
    note(place, tier, decision);
    enqueue(place);
    return overtake(place, round);
  }
}

void LoopTiering::enqueue(const Place& place) {
  const uint64_t ticks = place.loop.ticks.load(std::memory_order_relaxed);
  if (parts_.queue.push_loop(place.loop.request, place.id, place.index, ticks, SteadyClock::now()))
    parts_.start_workers();
  else // Stopped: no worker will take the request.
    update(place.loop.status, idle);
}

void LoopTiering::overtake(const Place& place, uint32_t round) {
  if (parts_.queue.under_way() < parts_.workers) return; // a worker is free to take it
  for (uint32_t i = 0; i != place.table.count; ++i) {
    LoopProfile& loop = place.table.profiles[i];
    if (loop.status.load(std::memory_order_relaxed).state != LoopState::compiling) continue;
    if (i == place.index || place.table.encloses(i, place.index) || place.table.encloses(place.index, i)) continue;
    const CompileUnderWay compile{.age = round - loop.asked_in_round.load(std::memory_order_relaxed),
                                  .idle_rounds = round - loop.last_round.load(std::memory_order_relaxed),
                                  .has_given_way = loop.has_given_way.load(std::memory_order_relaxed),
                                  .size = place.table.size};
    if (!gives_way(compile, options_)) continue;
    loop.has_given_way.store(true, std::memory_order_relaxed);
    loop.interest.lose();
  }
}

void LoopTiering::warm_up(const Place& place, Tier tier) {
  if (options_.sync) return;
  const Tier target = earned_tier(options_.osr.ticks, place.table.size, options_);
  if (target <= tier) return;
  parts_.queue.push_warm_up(target);
  parts_.start_workers();
}

void LoopTiering::compile_now(const Place& place, Tier tier, const Decision& decision) {
  if (!parts_.queue.try_begin()) return;
  const LoopStatus seen = place.loop.status.load(std::memory_order_acquire);
  LoopStatus wanted = with_state(seen, LoopState::compiling, decision.target);
  wanted.from = tier;
  // Read after the status: a compile that has ended since the caller looked has left its entry there, and one that
  // begins now changes the status.
  const bool missing = !place.loop.entries[tier_index(decision.target)].load(std::memory_order_acquire);
  if (missing && seen.state == LoopState::idle && replace(place.loop.status, seen, wanted)) {
    note(place, tier, decision);
    compile(place, decision.target);
  }
  parts_.queue.finish();
}

void LoopTiering::serve(const LoopTask& task, const FunctionProfile& function) {
  LoopTable& table = *function.loops.load(std::memory_order_acquire);
  const Place place{.table = table, .loop = table.profiles[task.loop], .id = task.id, .index = task.loop};
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - task.asked_at);
  for (;;) {
    const LoopStatus seen = place.loop.status.load(std::memory_order_acquire);
    if (seen.state != LoopState::queued) return; // given up meanwhile
    const Decision decision = decide_at_taking(
        {.calls_then = task.ticks,
         .calls_now = place.loop.ticks.load(std::memory_order_relaxed),
         .waited = waited,
         .others_waiting = parts_.queue.length()},
        figures_of(table, task.loop, function.status.load(std::memory_order_relaxed).pinned), seen, options_);
    const bool drops = decision.action == Action::drop;
    const LoopStatus wanted = drops ? idle(seen) : with_state(seen, LoopState::compiling, decision.target);
    if (!replace(place.loop.status, seen, wanted)) continue;

    note(place, seen.from, decision);
    if (!drops) return compile(place, decision.target);
    count(dropped_);
    return;
  }
}

void LoopTiering::compile(const Place& place, Tier target) {
  LoopProfile& loop = place.loop;
  const CompileGate::Inside inside; // in synchronous mode no worker has gone inside
  loop.interest.regain();
  const Tier from = loop.status.load(std::memory_order_relaxed).from;
  const Tier wanted = target;
  const CompileTimer timer;
  ContinuationResult result = parts_.compiler.compile_continuation(place.id, place.index, target, loop.interest);
  if (result.entry) parts_.costs.add(compile_size(place, target), timer.elapsed());
  std::string why; // frames go on below the tier that was wanted
  while (result.failure && result.failure->kind == FailureKind::over_budget &&
         tier_index(target) > tier_index(from) + 1) {
    target = all_tiers[tier_index(target) - 1];
    why += result.failure->text + "; ";
    result = parts_.compiler.compile_continuation(place.id, place.index, target, loop.interest);
  }
  if (result.failure && result.failure->kind == FailureKind::cancelled) {
    update(loop.status, [](LoopStatus status) { return status.state == LoopState::failed ? status : idle(status); });
    count(dropped_);
    note(place, from, {.action = Action::drop, .target = target, .reason = Reason::gave_way});
    return;
  }
  if (!result.entry) {
    give_up(place.id, place.index, why + (result.failure ? result.failure->text : std::string()));
    update(loop.status, [&](LoopStatus status) { return with_state(status, LoopState::failed, wanted); });
    note(place, from, {.action = Action::fail, .target = wanted, .reason = Reason::compiler_error});
    return;
  }
  loop.tiers[tier_index(target)].set_installed(uptime_ms(), result.cost);
  // The code was complete before this; a thread that loads the entry with acquire may jump there.
  loop.entries[tier_index(target)].store(result.entry, std::memory_order_release);
  update(loop.status, [&](LoopStatus status) {
    status.tier = std::max(status.tier, target);
    return status.state == LoopState::failed ? status : with_state(status, LoopState::idle, target);
  });
  count(compiled_);
  note(place, from, {.action = Action::install, .target = target, .reason = Reason::compiled}, result.cost);
  clock_.set();
  if (target == wanted) return;
  give_up(place.id, place.index, why + std::string(tier_name(target)) + " installed");
  update(loop.status, [&](LoopStatus status) { return with_state(status, LoopState::failed, wanted); });
}

void LoopTiering::give_up(FunctionId id, uint32_t index, std::string why) {
  count(failed_);
  const CompileGate::Inside inside;
  MutexLock lock(notes_mutex_);
  keep_note(notes_, {id, index}, std::move(why));
}

void LoopTiering::note(const Place& place, Tier tier, const Decision& decision, CompileCost cost) {
  parts_.journal.note({.calls = place.loop.ticks.load(std::memory_order_relaxed),
                       .threshold = decision.threshold,
                       .id = place.id,
                       .loop = place.index,
                       .line = place.loop.facts.line,
                       .microseconds = cost.microseconds,
                       .code_bytes = cost.code_bytes,
                       .tier = tier,
                       .target = decision.target,
                       .action = decision.action,
                       .reason = decision.reason});
}

void LoopTiering::forget_pending(const FunctionProfile& function) {
  LoopTable* table = function.loops.load(std::memory_order_acquire);
  for (uint32_t i = 0; table && i != table->count; ++i)
    if (LoopProfile& loop = table->profiles[i]; is_under_way(loop)) update(loop.status, idle);
}

void LoopTiering::reset_after_fork() { clock_.reset_after_fork(); }

std::vector<LoopSnapshot> LoopTiering::snapshots(FunctionId id, const FunctionProfile& function) const {
  std::vector<LoopSnapshot> snapshots;
  const LoopTable* table = function.loops.load(std::memory_order_acquire);
  const CompileGate::Inside inside;
  MutexLock lock(notes_mutex_);
  for (uint32_t i = 0; table && i != table->count; ++i) {
    const LoopProfile& loop = table->profiles[i];
    LoopSnapshot snapshot{.index = i,
                          .line = loop.facts.line,
                          .depth = loop.facts.depth,
                          .ticks = loop.ticks.load(std::memory_order_relaxed),
                          .status = loop.status.load(std::memory_order_acquire),
                          .excluded = loop.facts.excluded,
                          .note = {},
                          .tiers = {}};
    if (const auto found = notes_.find({id, i}); found != notes_.end()) snapshot.note = found->second;
    for (Tier tier : all_tiers) {
      const bool installed = loop.entries[tier_index(tier)].load(std::memory_order_acquire) != nullptr;
      snapshot.tiers[tier_index(tier)] = loop.tiers[tier_index(tier)].snapshot(installed);
    }
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

void LoopTiering::add_to(TierStats& stats) const {
  const auto read = [](const auto& figure) { return figure.load(std::memory_order_relaxed); };
  stats.continuations = read(compiled_);
  stats.failed_continuations = read(failed_);
  stats.loop_ticks = read(ticks_);
  stats.loop_entries = read(entries_);
  stats.dropped += read(dropped_);
}

} // namespace ajit
