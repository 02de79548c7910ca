//===- tier_manager.cpp ------------------------------------------------------------------------------------------===//
#include "tier_manager.h"
#include "atomic_status.h"
#include "call_schedule.h"
#include "clock.h"
#include "compile_gate.h"
#include "count.h"
#include "notes.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <optional>
#include <utility>
#include <variant>

namespace ajit {
namespace {

/// The place among the compile threads that this thread has.
struct WorkerPlace {
  const TierManager* manager = nullptr; ///< null: it is no compile thread
  bool given_away = false;              ///< to the thread that replaces it
};

thread_local WorkerPlace place;

/// Samples that a body of the last tier should get.
constexpr uint64_t last_tier_samples = 8;

constexpr double p99 = 0.99;

TierStatus with_state(TierStatus status, FunctionState state, Tier target) {
  status.state = state;
  status.target = target;
  return status;
}

void raise_to(std::atomic<uint32_t>& peak, uint32_t value) {
  uint32_t seen = peak.load(std::memory_order_relaxed);
  while (value > seen && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

} // namespace

TierManager::TierManager(TierOptions options, TierCompiler& compiler, std::span<std::atomic<int32_t>> counters,
                         PollFlags& poll_flags, DecisionSink sink)
    : options_(options), compiler_(compiler), counters_(counters), youth_(options.fork_youth),
      queue_(
          options.ahead_batch, [this](FunctionId id) { return heat_of(id); },
          [this](FunctionId id) { return is_cold(id); }),
      journal_(queue_, options.sync ? 0 : options.compile_threads, options.explain ? std::move(sink) : DecisionSink()),
      loops_({.options = options_,
              .compiler = compiler_,
              .queue = queue_,
              .journal = journal_,
              .costs = costs_,
              .workers = options.compile_threads,
              .start_workers = [this] { workers_.start(); },
              .is_young = [this] { return youth_.lasts(); }},
             poll_flags),
      workers_(options.sync ? 0 : options.compile_threads, [this] { run_worker(); }) {
  assert(problem_with(options).empty());
}

TierManager::~TierManager() { stop(); }

void TierManager::prepare(FunctionId id) {
  assert(index_of(id) < counters_.size());
  FunctionProfile& profile = profiles_.add(id);
  const TierStatus cold{.tier = options_.min_tier, .target = options_.min_tier};
  profile.status.store(cold, std::memory_order_release);
  profile.counter.start(counters_[index_of(id)], next_event(0, cold, options_));
}

void TierManager::on_first_call_installed(FunctionId id, Tier tier, CompileCost cost) {
  FunctionProfile& profile = profiles_[id];
  TierStatus seen = profile.status.load(std::memory_order_acquire);
  while (seen.state == FunctionState::cold) {
    const TierStatus installed{.state = FunctionState::installed, .tier = tier, .target = tier, .pinned = seen.pinned};
    if (!profile.status.compare_exchange_weak(seen, installed, std::memory_order_acq_rel, std::memory_order_acquire))
      continue;
    const double now = uptime_ms();
    profile.tiers[tier_index(tier)].set_installed(profile.counter.calls(), now, cost);
    first_bodies_.add(now);
    if (is_child_.load(std::memory_order_relaxed)) wishes_.tell({id, tier});
    return;
  }
}

TickResult TierManager::on_tick(FunctionId id) {
  const uint64_t started = read_cycles();
  FunctionProfile& profile = profiles_[id];
  const std::optional<Tick> tick = profile.counter.take_tick(started, [&](uint64_t calls) {
    return next_event(calls, profile.status.load(std::memory_order_relaxed), options_);
  });
  const bool crossed = tick && consider(id, tick->calls);
  if (!options_.counts_calls(profile.status.load(std::memory_order_relaxed).tier)) profile.counter.skip_second_count();

  const uint64_t lost = read_cycles() - started;
  tick_cycles_.add(lost);
  if (crossed) crossing_cycles_.add(lost);
  const bool sampled = tick && is_sample(tick->planned, options_.profile);
  return {.time_this_call = sampled || options_.profile == ProfileMode::full};
}

void* TierManager::on_loop_check(FunctionId id, uint32_t loop, Tier tier) {
  const LoopAnswer answer = loops_.request(profiles_[id], id, loop, tier);
  if (answer.weighs) consider_for_loops(id);
  return answer.entry;
}

void TierManager::on_timed_call(FunctionId id, Tier tier, uint64_t cycles) {
  profiles_[id].tiers[tier_index(tier)].add_timed_call(cycles);
}

uint32_t TierManager::samples_wanted(FunctionId id, Tier tier) const {
  if (options_.profile != ProfileMode::sampled || options_.counts_calls(tier)) return 0;
  const uint64_t taken = profiles_[id].tiers[tier_index(tier)].timed_calls();
  return taken < last_tier_samples ? static_cast<uint32_t>(last_tier_samples - taken) : 0;
}

void TierManager::start() {
  if (!options_.sync) workers_.start();
}

void TierManager::request_ahead(std::span<const FunctionId> ids) {
  if (options_.sync || youth_.lasts()) return;
  const auto place_if_cold = [this](FunctionId id) { return is_cold(id) ? &profiles_[id].ahead : nullptr; };
  if (queue_.push_ahead(ids, place_if_cold)) workers_.start();
}

void TierManager::pin(FunctionId id, std::string_view reason) {
  {
    const CompileGate::Inside inside;
    MutexLock lock(notes_mutex_);
    notes_.insert_or_assign(id, std::string(reason));
  }
  update(profiles_[id].status, [](TierStatus status) {
    status.pinned = true;
    return status;
  });
}

void TierManager::reset_after_fork() {
  queue_.reset_after_fork();
  workers_.reset_after_fork();
  loops_.reset_after_fork();
  is_child_.store(true, std::memory_order_relaxed);
  if (!options_.sync) youth_.begin();
  profiles_.for_each([](FunctionId, FunctionProfile& profile) {
    LoopTiering::forget_pending(profile);
    // Looks first: a write would copy a page that the child shares with its parent.
    const TierStatus seen = profile.status.load(std::memory_order_relaxed);
    if (seen.state == FunctionState::queued || seen.state == FunctionState::compiling)
      profile.status.store(with_state(seen, FunctionState::installed, seen.tier), std::memory_order_relaxed);
  });
}

void TierManager::stop() {
  queue_.stop();
  loops_.stop();
  workers_.join();
}

void TierManager::run_worker() {
  place = {.manager = this, .given_away = false};
  for (bool more = true; more && !place.given_away;) {
    try {
      more = serve_one();
    } catch (const std::bad_alloc&) {
      // The function of this task keeps its tier, and the program goes on.
    }
  }
}

bool TierManager::serve_one() {
  const std::optional<CompileTask> task = queue_.take();
  if (!task) return false;
  struct Finish {
    CompileQueue& queue;
    ~Finish() { place.given_away ? queue.finish_aside() : queue.finish(); }
  } at_end{queue_};
  const CompileGate::Inside inside;
  std::visit([this](const auto& work) { serve(work); }, *task);
  return true;
}

void TierManager::set_aside() {
  if (place.manager != this || place.given_away || !workers_.replace_this_thread()) return;
  place.given_away = true;
  queue_.set_aside();
}

void TierManager::serve(const TierUpTask& task) {
  FunctionProfile& profile = profiles_[task.id];
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - task.asked_at);
  for (;;) {
    const TierStatus seen = profile.status.load(std::memory_order_acquire);
    if (seen.state != FunctionState::queued) return; // compiled along with another function meanwhile
    const uint64_t calls = profile.counter.calls();
    Decision decision = decide_at_taking(
        {.calls_then = task.calls, .calls_now = calls, .waited = waited, .others_waiting = queue_.length()}, seen,
        options_);
    if (costs_matter()) decision = weigh(decision, worth_of(task.id, calls, decision.target));
    const bool drops = decision.action == Action::drop;
    const TierStatus wanted = drops ? with_state(seen, FunctionState::installed, seen.tier)
                                    : with_state(seen, FunctionState::compiling, decision.target);
    if (!replace(profile.status, seen, wanted)) continue; // raised or pinned meanwhile

    record(task.id, calls, seen, decision);
    if (drops) return void(count(dropped_));
    if (decision.reason == Reason::overtaken) count(overtaken_);
    return compile_with_companions(task.id, decision.target);
  }
}

void TierManager::serve(const AheadBatch& batch) {
  compiler_.compile_ahead(batch);
  count(ahead_, batch.size());
}

void TierManager::serve(const WarmUpTask& task) {
  compiler_.warm_up(task.tier, [this] { return queue_.is_wanted(); });
}

bool TierManager::consider(FunctionId id, uint64_t calls) {
  return act(id, calls, [&](const TierStatus& status) { return decide_at_tick(calls, status, load(), options_); });
}

void TierManager::consider_for_loops(FunctionId id) {
  const FunctionProfile& profile = profiles_[id];
  const LoopTable& table = *profile.loops.load(std::memory_order_acquire);
  const LoopingFunction figures{
      .calls = profile.counter.calls(), .ticks = table.ticks.load(std::memory_order_relaxed), .size = table.size};
  act(id, figures.calls, [&](const TierStatus& status) { return decide_for_loops(figures, status, load(), options_); });
}

template <typename Decide> bool TierManager::act(FunctionId id, uint64_t calls, Decide decide) {
  std::atomic<TierStatus>& status = profiles_[id].status;
  while (!queue_.stopped()) {
    const TierStatus seen = status.load(std::memory_order_acquire);
    Decision decision = decide(seen);
    if (costs_matter()) decision = weigh(decision, worth_of(id, calls, decision.target));
    if (decision.action == Action::none) {
      if (decision.reason == Reason::held_by_load || decision.reason == Reason::held_by_cost)
        record(id, calls, seen, decision);
      return false;
    }
    if (options_.sync) return compile_now(id, calls, seen, decision);
    if (youth_.lasts()) {
      wishes_.tell({id, decision.target});
      return false; // a later tick asks again
    }

    if (!replace(status, seen, with_state(seen, FunctionState::queued, decision.target))) continue;
    // Noted before it is pushed, or the worker's records might come first.
    record(id, calls, seen, decision);
    return decision.action == Action::raise || enqueue(id, calls);
  }
  return false;
}

bool TierManager::enqueue(FunctionId id, uint64_t calls) {
  FunctionProfile& profile = profiles_[id];
  // A request from before the function was compiled along with another may wait still. It will do.
  if (!queue_.push_tier_up(profile.tier_up, id, calls, SteadyClock::now()) && queue_.stopped()) {
    // No worker will take the request.
    update(profile.status, [](TierStatus status) { return with_state(status, FunctionState::installed, status.tier); });
    return false;
  }
  raise_to(queue_peak_, queue_.length());
  workers_.start();
  return true;
}

bool TierManager::compile_now(FunctionId id, uint64_t calls, const TierStatus& seen, const Decision& decision) {
  if (!queue_.try_begin()) {
    record(id, calls, seen, {.target = seen.tier, .reason = Reason::parked});
    return false;
  }
  const bool ours = replace(profiles_[id].status, seen, with_state(seen, FunctionState::compiling, decision.target));
  if (ours) {
    record(id, calls, seen,
           {.action = Action::compile,
            .target = decision.target,
            .reason = decision.reason,
            .threshold = decision.threshold});
    compile(std::span(&id, 1), decision.target);
  }
  queue_.finish();
  return ours;
}

std::vector<FunctionId> TierManager::claim_companions(FunctionId id, Tier target) {
  std::vector<FunctionId> ids{id};
  if (options_.unit_instructions == 0) return ids;
  const FunctionFacts root = compiler_.facts_of(id);
  const bool weighs = costs_matter();
  std::vector<Companion> companions;
  profiles_.for_each([&](FunctionId other, const FunctionProfile& profile) {
    Companion companion{
        .id = other, .status = profile.status.load(std::memory_order_relaxed), .calls = profile.counter.calls()};
    if (other == id || !may_accompany(companion, target, options_)) return;
    if (weighs && !worth_of(other, companion.calls, target).pays()) return;
    const FunctionFacts facts = compiler_.facts_of(other);
    if (facts.module != root.module) return;
    companion.instructions = facts.instructions;
    companion.heat = heat_of(other);
    companions.push_back(companion);
  });
  choose_companions(companions, root.instructions, options_);
  ids.reserve(companions.size() + 1); // no claim may be lost
  for (const Companion& companion : companions) {
    FunctionProfile& profile = profiles_[companion.id];
    if (!replace(profile.status, companion.status, with_state(companion.status, FunctionState::compiling, target)))
      continue;
    ids.push_back(companion.id);
    record(companion.id, companion.calls, companion.status,
           {.action = Action::compile, .target = target, .reason = Reason::shares_unit});
  }
  return ids;
}

void TierManager::compile_with_companions(FunctionId id, Tier target) {
  std::vector<FunctionId> ids;
  try {
    ids = claim_companions(id, target);
  } catch (const std::bad_alloc&) {
    return compile(std::span(&id, 1), target);
  }
  compile(ids, target);
}

void TierManager::compile(std::span<const FunctionId> ids, Tier target) {
  const CompileGate::Inside inside; // in synchronous mode no worker has gone inside
  uint64_t instructions = 0;
  for (FunctionId id : ids)
    instructions += compiler_.facts_of(id).instructions;
  const CompileTimer timer;
  compiler_.compile_and_install(ids, target,
                                [&](FunctionId id, CompileResult result) { conclude(id, target, std::move(result)); });
  costs_.add({.tier = target, .instructions = instructions}, timer.elapsed());
}

void TierManager::conclude(FunctionId id, Tier target, CompileResult result) {
  FunctionProfile& profile = profiles_[id];
  if (!result.failure) {
    note_installed(id, target, result.cost);
    update(profile.status, [&](TierStatus status) { return with_state(status, FunctionState::installed, target); });
    // A higher tier may have become due meanwhile, and the tick that reported it is gone.
    consider(id, profile.counter.calls());
    return;
  }
  if (result.failure->kind == FailureKind::cancelled) { // the end of the process
    update(profile.status, [](TierStatus status) { return with_state(status, FunctionState::installed, status.tier); });
    return;
  }
  std::string why = result.failure->text;
  if (const std::optional<Tier> lower = compile_lower(id, target, result, why)) note_installed(id, *lower, result.cost);
  give_up(id, target, std::move(why));
}

std::optional<Tier> TierManager::compile_lower(FunctionId id, Tier target, CompileResult& result, std::string& why) {
  const Tier present = profiles_[id].status.load(std::memory_order_relaxed).tier;
  Tier tier = target;
  while (result.failure && result.failure->kind == FailureKind::over_budget) {
    tier = all_tiers[tier_index(tier) - 1];
    if (tier <= present) break;
    compiler_.compile_and_install(std::span(&id, 1), tier,
                                  [&](FunctionId, CompileResult lower) { result = std::move(lower); });
    why += "; ";
    why += result.failure ? result.failure->text : std::string(tier_name(tier)) + " installed";
    if (!result.failure) return tier;
  }
  return std::nullopt;
}

void TierManager::note_installed(FunctionId id, Tier tier, CompileCost cost) {
  FunctionProfile& profile = profiles_[id];
  const TierStatus before = profile.status.load(std::memory_order_relaxed);
  const uint64_t calls = profile.counter.calls();
  profile.tiers[tier_index(tier)].set_installed(calls, uptime_ms(), cost);
  update(profile.status, [&](TierStatus status) {
    status.tier = tier;
    return status;
  });
  count(compiled_);
  record(id, calls, before, {.action = Action::install, .target = tier, .reason = Reason::compiled}, cost);
}

void TierManager::give_up(FunctionId id, Tier target, std::string why) {
  FunctionProfile& profile = profiles_[id];
  const TierStatus before = profile.status.load(std::memory_order_relaxed);
  {
    MutexLock lock(notes_mutex_);
    keep_note(notes_, id, std::move(why));
  }
  update(profile.status, [&](TierStatus status) { return with_state(status, FunctionState::failed, target); });
  count(failed_);
  record(id, profile.counter.calls(), before,
         {.action = Action::fail, .target = target, .reason = Reason::compiler_error});
}

bool TierManager::grant(const FamilyWish& wish) {
  if (!profiles_.has(wish.id)) return true; // its module is loaded in a child only
  const TierStatus seen = profiles_[wish.id].status.load(std::memory_order_acquire);
  if (seen.state == FunctionState::cold) return false;
  if (seen.tier >= wish.tier || !may_rise(seen, options_)) return true;
  act(wish.id, profiles_[wish.id].counter.calls(),
      [&](const TierStatus& status) { return decide_for_children(wish.tier, status, options_); });
  return false; // kept until the function has that tier: a request may be dropped
}

void TierManager::grant_wishes(const std::function<void(std::span<const FunctionId>)>& make) {
  if (options_.sync || youth_.lasts()) return;
  std::vector<FunctionId> cold;
  while (const std::optional<FamilyWish> wish = wishes_.take()) {
    if (wish->tier == options_.min_tier)
      cold.push_back(wish->id);
    else
      ungranted_.push_back(*wish);
  }
  if (!cold.empty()) make(cold);
  std::erase_if(ungranted_, [this](const FamilyWish& wish) { return grant(wish); });
}

double TierManager::heat_of(FunctionId id) const {
  const FunctionProfile& profile = profiles_[id];
  const TierFigures& present = profile.tiers[tier_index(profile.status.load(std::memory_order_relaxed).tier)];
  const LoopTable* loops = profile.loops.load(std::memory_order_acquire);
  return heat(profile.counter.calls(), present.calls_before(), uptime_ms() - present.published_ms(),
              loops ? loops->ticks.load(std::memory_order_relaxed) : 0);
}

CompileWorth TierManager::worth_of(FunctionId id, uint64_t calls, Tier target) const {
  const FunctionProfile& profile = profiles_[id];
  const TierFigures& present = profile.tiers[tier_index(profile.status.load(std::memory_order_relaxed).tier)];
  const LoopTable* loops = profile.loops.load(std::memory_order_acquire);
  const double in_calls = present.cycles_of(calls) / cycles_per_ms();
  const double in_loops = loops ? loop_ms(loops->ticks.load(std::memory_order_relaxed), options_) : 0;
  return {.spent_ms = std::max(in_calls, in_loops),
          .cost_ms = costs_.expected_ms({.tier = target, .instructions = compiler_.facts_of(id).instructions})};
}

bool TierManager::is_cold(FunctionId id) const {
  return profiles_[id].status.load(std::memory_order_acquire).state == FunctionState::cold;
}

CompileLoad TierManager::load() const {
  return {
      .queue_length = queue_.length(), .first_bodies = first_bodies_.recent(uptime_ms()), .workers = workers_.count()};
}

void TierManager::record(FunctionId id, uint64_t calls, const TierStatus& status, const Decision& decision,
                         CompileCost cost) {
  journal_.note({.calls = calls,
                 .threshold = decision.threshold,
                 .id = id,
                 .microseconds = cost.microseconds,
                 .code_bytes = cost.code_bytes,
                 .tier = status.tier,
                 .target = decision.target,
                 .action = decision.action,
                 .reason = decision.reason});
}

std::string TierManager::note_on(FunctionId id) const {
  const CompileGate::Inside inside;
  MutexLock lock(notes_mutex_);
  const auto found = notes_.find(id);
  return found == notes_.end() ? std::string() : found->second;
}

ProfileSnapshot TierManager::profile(FunctionId id) const {
  const FunctionProfile& profile = profiles_[id];
  const uint64_t calls = profile.counter.calls();
  const TierStatus status = profile.status.load(std::memory_order_acquire);
  ProfileSnapshot snapshot{.id = id,
                           .name = std::string(compiler_.name_of(id)),
                           .calls = calls,
                           .counting = options_.counts_calls(status.tier),
                           .hot = is_hot(calls, options_),
                           .status = status,
                           .note = note_on(id),
                           .tiers = {},
                           .loops = loops_.snapshots(id, profile)};
  if (const LoopTable* loops = profile.loops.load(std::memory_order_acquire); loops && calls > 1)
    snapshot.hot |=
        earned_tier(loops->ticks.load(std::memory_order_relaxed), loops->size, options_) == options_.max_tier &&
        options_.max_tier > options_.min_tier;
  std::transform(profile.tiers.begin(), profile.tiers.end(), snapshot.tiers.begin(),
                 [](const TierFigures& figures) { return figures.snapshot(); });
  return snapshot;
}

std::vector<ProfileSnapshot> TierManager::profiles() const {
  std::vector<ProfileSnapshot> snapshots;
  profiles_.for_each([&](FunctionId id, const FunctionProfile&) { snapshots.push_back(profile(id)); });
  return snapshots;
}

TierStats TierManager::stats() const {
  const auto read = [](const auto& figure) { return figure.load(std::memory_order_relaxed); };
  TierStats stats{.ticks = tick_cycles_.count(),
                  .tick_cycles_p99 = tick_cycles_.percentile(p99),
                  .crossings = crossing_cycles_.count(),
                  .crossing_cycles_p99 = crossing_cycles_.percentile(p99),
                  .compiled = read(compiled_),
                  .failed = read(failed_),
                  .overtaken = read(overtaken_),
                  .dropped = read(dropped_),
                  .ahead = read(ahead_),
                  .withdrawn = queue_.withdrawn(),
                  .queue_peak = read(queue_peak_),
                  .queue_length = queue_.length()};
  loops_.add_to(stats);
  return stats;
}

} // namespace ajit
