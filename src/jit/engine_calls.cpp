//===- engine_calls.cpp - What happens at calls: first bodies, ticks, samples; bodies published -------------------===//
#include "clock.h"
#include "compile_guard.h"
#include "deadline.h"
#include "engine.h"
#include "error.h"
#include "host_arithmetic.h"
#include "log.h"
#include "module_source.h"
#include "signals_held.h"

#include <cstdio>
#include <map>
#include <new>
#include <unistd.h>

using namespace llvm;

namespace ajit {

//===--------------------------------------------------------------------------------------------------------------===//
// Bodies published

void Engine::publish(FunctionId id, void* address, Tier tier) {
  FunctionRecord& record = program_.record(id);
  record.body.store(address, std::memory_order_release);
  // Bodies of the last tier never tick, so the first few of their calls go through the runtime, which times them.
  bool timeable = tier == options_.tiers.max_tier && record.timeable.load(std::memory_order_relaxed);
  uint32_t samples = timeable ? tiers_->samples_wanted(id, tier) : 0;
  if (samples == 0) return stubs_->publish(id, address);
  // In this order: the thread that takes the last sample publishes the body, and its store to the slot must come last.
  stubs_->route_to_runtime(id);
  record.samples_left.store(static_cast<int32_t>(samples), std::memory_order_release);
}

/// Counts a sample when its call starts rather than when it ends. Otherwise calls that never return, such as endless
/// chains of sibling calls, would come here for ever and leave a frame each time.
bool Engine::take_sample(FunctionId id) {
  FunctionRecord& record = program_.record(id);
  int32_t left = record.samples_left.load(std::memory_order_acquire);
  while (left > 0 && !record.samples_left.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) {
  }
  if (left == 1) stubs_->publish(id, record.body.load(std::memory_order_acquire));
  return left > 0;
}

void Engine::keep(InstalledBody body) {
  MutexLock lock(installed_mutex_);
  installed_.push_back(std::move(body));
}

void Engine::install_first(MadeBody body, Tier tier) {
  FunctionRecord& record = program_.record(body.id);
  const BodyFacts& facts = body.unit.facts;
  record.timeable.store(facts.timeable, std::memory_order_relaxed);
  record.stack_argument_bytes.store(facts.stack_argument_bytes, std::memory_order_relaxed);
  record.instructions.store(facts.instructions, std::memory_order_relaxed);
  if (options_.tiers.polls_loops(tier) && !body.unit.loops.empty()) {
    if (options_.tiers.explain) explain_exclusions(body.id, body.unit.loops);
    tiers_->set_loops(body.id, std::move(body.unit.loops), {facts.instructions, facts.callee_count});
  }
  record.labels.store(body.installed.labels(), std::memory_order_relaxed);
  if (facts.compares_stack_depths) tiers_->keep_frames();
  publish(body.id, body.installed.entry(), tier);
  if (!facts.pinned.empty()) {
    tiers_->pin(body.id, facts.pinned);
    if (options_.tiers.explain)
      log_info("tier", "{:10.3f} ms  {}: keeps {}: {}", uptime_ms(), name_of(body.id), tier_name(tier), facts.pinned);
  }
  tiers_->on_first_call_installed(body.id, tier, body.cost);
  keep(std::move(body.installed));
  body.claim->fulfil();
}

void Engine::explain_exclusions(FunctionId id, ArrayRef<LoopFacts> loops) {
  auto tell = [&](const std::string& what, const std::string& why) {
    log_info("tier", "{:10.3f} ms  {}: {}: no on-stack replacement: {}", uptime_ms(), name_of(id), what, why);
  };
  const std::string& why = loops.front().excluded;
  const bool all_alike = !why.empty() && all_of(loops, [&](const LoopFacts& loop) { return loop.excluded == why; });
  if (all_alike && loops.size() > 1) return tell(fmt::format("all {} loops", loops.size()), why);
  for (uint32_t i = 0; i != loops.size(); ++i)
    if (!loops[i].excluded.empty()) tell(describe_loop(i, loops[i].line), loops[i].excluded);
}

void Engine::install_all(std::vector<MadeBody> bodies) {
  SmallVector<FunctionId> likely;
  for (MadeBody& body : bodies) {
    if (body.unit.refusal) continue;
    if (options_.compile_ahead)
      for (const std::string& callee : body.unit.callees)
        if (std::optional<FunctionId> id = program_.find(callee)) likely.push_back(*id);
    install_first(std::move(body), options_.tiers.min_tier);
  }
  bodies.clear(); // refused bodies give up their claims
  request_ahead(likely);
}

//===--------------------------------------------------------------------------------------------------------------===//
// First calls

void Engine::request_ahead(ArrayRef<FunctionId> ids) {
  if (!options_.compile_ahead || options_.tiers.sync) return;
  SmallVector<FunctionId> cold;
  for (FunctionId id : ids) {
    if (!first_->is_wanted(id)) continue;
    first_->prepare(id);
    cold.push_back(id);
  }
  if (!cold.empty()) tiers_->request_ahead(cold);
}

Expected<std::vector<MadeBody>> Engine::make_before_deadline(std::vector<Claim>& claims, bool may_grow) {
  const FunctionId id = claims.front().id();
  const unsigned seconds = deadline_for(program_.module(program_.record(id).module).source->bitcode().getBufferSize());
  std::optional<DeadlineScope> deadline(std::in_place, seconds,
                                        cannot_call(id, fmt::format("gave up after {} s", seconds)));
  auto when_read = [&] {
    if (options_.tiers.min_tier != Tier::O0) deadline.reset(); // optimisers have no bound
  };
  return bodies_->make_first(claims, may_grow, when_read);
}

void Engine::make_first_body(Claim claim) noexcept {
  const FunctionId id = claim.id();
  first_->prepare(id);
  std::vector<Claim> claims;
  claims.push_back(std::move(claim));
  Expected<std::vector<MadeBody>> bodies = make_before_deadline(claims, options_.compile_ahead);
  if (!bodies && options_.compile_ahead) {
    // The failure may come from a callee that joined.
    log_info("compile", "{}: compiled again without its callees: {}", name_of(id), one_line(bodies.takeError()));
    bodies = make_before_deadline(claims, /*may_grow=*/false);
  }
  if (!bodies) die(id, one_line(bodies.takeError()));
  if (const std::optional<Failure>& refusal = bodies->front().unit.refusal) die(id, refusal->text);
  install_all(std::move(*bodies));
}

bool Engine::make_first_body_if_free(FunctionId id) noexcept {
  // Held from the claim to the publication: after a fork in between, no thread of the child would fulfil the claim.
  CompileGate::Inside inside(gate_);
  std::optional<Claim> claim = first_->claim(id);
  if (!claim) return false;
  make_first_body(std::move(*claim));
  return true;
}

void* Engine::resolve_ifunc(FunctionId id) noexcept {
  FunctionRecord& record = program_.record(id);
  std::optional<FunctionId> resolver = program_.find(*record.resolver);
  if (!resolver) die(id, "its resolver " + *record.resolver + " is not defined");
  void* target = reinterpret_cast<void* (*)()>(stubs_->address(*resolver))();
  record.body.store(target, std::memory_order_release);
  stubs_->publish(id, target);
  return target;
}

void* Engine::first_call(FunctionId id) noexcept {
  FunctionRecord& record = program_.record(id);
  if (record.kind == FunctionKind::undefined) die(id, "undefined symbol");
  if (record.kind == FunctionKind::ifunc) return resolve_ifunc(id);
  SignalsHeld held(SignalsHeld::DefaultEnds::act);
  while (!record.body.load(std::memory_order_acquire)) {
    if (!make_first_body_if_free(id)) first_->wait(id);
  }
  return record.body.load(std::memory_order_acquire);
}

std::string Engine::cannot_call(FunctionId id, std::string_view why) {
  return fmt::format("ajit: error: cannot call function: {}: {}", name_of(id), why);
}

void Engine::die(FunctionId id, const std::string& why) {
  std::fflush(nullptr);
  const std::string line = cannot_call(id, why) + '\n';
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(1);
  _exit(1);
}

//===--------------------------------------------------------------------------------------------------------------===//
// RuntimeHandler

namespace {

/// What the calling thread has spent in the runtime, on ticks and first calls, in cycles.
thread_local uint64_t runtime_cycles = 0;

class RuntimeTimer {
public:
  RuntimeTimer() = default;
  ~RuntimeTimer() { runtime_cycles += elapsed(); }
  RuntimeTimer(const RuntimeTimer&) = delete;
  RuntimeTimer& operator=(const RuntimeTimer&) = delete;

  /// Includes what the assembly around the runtime takes.
  uint64_t elapsed() const { return read_cycles() - start_ + entry_cycles; }

private:
  static constexpr uint64_t entry_cycles = 550;

  const uint64_t start_ = read_cycles();
};

/// The tag of a timed call holds the tier of the body and the runtime's cycles at the start. The time of the call
/// leaves out what the runtime has spent since: callees have their samples in the same calls.
uint64_t tag_of_call(std::size_t tier, const RuntimeTimer& entry) {
  return (runtime_cycles + entry.elapsed()) * tier_count + tier;
}

uint64_t own_cycles(uint64_t tag, uint64_t cycles) {
  return cycles - std::min(cycles, runtime_cycles - tag / tier_count);
}

} // namespace

Dispatch Engine::enter(FunctionId id) noexcept {
  const RuntimeTimer timer;
  FunctionRecord& record = program_.record(id);
  Dispatch dispatch;
  dispatch.target = record.body.load(std::memory_order_acquire);
  if (!dispatch.target) {
    dispatch.target = first_call(id);
    return dispatch;
  }
  bool timed = take_sample(id) || tiers_->on_tick(id).time_this_call;
  dispatch.target = record.body.load(std::memory_order_acquire);
  if (!timed || !record.timeable.load(std::memory_order_relaxed)) return dispatch;
  const CodeDescriptor* code = map_->lookup(dispatch.target);
  dispatch.timed = 1;
  dispatch.stack_argument_bytes = record.stack_argument_bytes.load(std::memory_order_relaxed);
  dispatch.tag = tag_of_call(code ? tier_index(code->label.tier) : 0, timer);
  return dispatch;
}

void Engine::report(FunctionId id, uint64_t tag, uint64_t cycles) noexcept {
  const RuntimeTimer timer;
  tiers_->on_timed_call(id, all_tiers[tag % tier_count], own_cycles(tag, cycles));
}

void* Engine::check_loop(FunctionId id, uint32_t loop, Tier tier) noexcept {
  const RuntimeTimer timer;
  return tiers_->on_loop_check(id, loop, tier);
}

void* const* Engine::labels_of(FunctionId id) noexcept {
  HostArithmetic arithmetic;
  first_call(id);
  void* const* labels = program_.record(id).labels.load(std::memory_order_relaxed);
  if (!labels) die(id, "another function uses its label addresses, but its body has no table of them");
  return labels;
}

//===--------------------------------------------------------------------------------------------------------------===//
// TierCompiler

namespace {

/// What `work` returns; if there is no memory for it, a result that says so. The program goes on as it is.
template <typename Result, typename Work> Result with_memory(Work work) {
  const auto no_memory = [] {
    Result result{};
    result.failure.emplace(Failure{"out of memory", FailureKind::no_room}); // short enough to need none
    return result;
  };
  if (!has_memory_reserve()) return no_memory();
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

} // namespace

FunctionFacts Engine::facts_of(FunctionId id) {
  const FunctionRecord& record = program_.record(id);
  return {.module = record.module, .instructions = record.instructions.load(std::memory_order_relaxed)};
}

CompileResult Engine::install_later(MadeBody& body, Tier tier) {
  if (body.unit.refusal) return {.cost = {}, .failure = std::move(body.unit.refusal)};
  publish(body.id, body.installed.entry(), tier);
  keep(std::move(body.installed));
  return {.cost = body.cost, .failure = {}};
}

void Engine::compile_and_install(std::span<const FunctionId> ids, Tier target, const InstallReport& report) {
  SignalsHeld held(SignalsHeld::DefaultEnds::act); // in synchronous mode this is a thread of the program
  HostArithmetic arithmetic;
  if (ids.size() == 1) {
    const CompileResult result = with_memory<CompileResult>([&]() -> CompileResult {
      Expected<std::vector<MadeBody>> bodies = bodies_->make_later(ArrayRef(ids.data(), ids.size()), target);
      if (!bodies) return {.cost = {}, .failure = failure_of(bodies.takeError())};
      return install_later(bodies->front(), target);
    });
    return report(ids.front(), result);
  }
  std::vector<MadeBody> made;
  const CompileResult outcome = with_memory<CompileResult>([&]() -> CompileResult {
    Expected<std::vector<MadeBody>> bodies = bodies_->make_later(ArrayRef(ids.data(), ids.size()), target);
    if (!bodies) return {.cost = {}, .failure = failure_of(bodies.takeError())};
    made = std::move(*bodies);
    return {};
  });
  for (MadeBody& body : made)
    if (body.unit.refusal) // it may need a unit of its own
      compile_and_install(std::span(&body.id, 1), target, report);
    else
      report(body.id, with_memory<CompileResult>([&] { return install_later(body, target); }));
  if (!outcome.failure) return;
  if (outcome.failure->kind == FailureKind::cancelled) {
    for (const FunctionId& id : ids)
      report(id, outcome);
    return;
  }
  // It may come from any of them.
  log_info("compile", "{} functions from {} on: compiled again one by one: {}", ids.size(), name_of(ids.front()),
           outcome.failure->text);
  for (const FunctionId& id : ids)
    compile_and_install(std::span(&id, 1), target, report);
}

void Engine::warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) {
  CompileGate::Inside inside(gate_);
  pool_.warm_up(target, wanted_elsewhere);
}

ContinuationResult Engine::compile_continuation(FunctionId id, uint32_t loop, Tier target, const Interest& interest) {
  SignalsHeld held(SignalsHeld::DefaultEnds::act); // with forced on-stack replacement this is a thread of the program
  HostArithmetic arithmetic;
  return with_memory<ContinuationResult>([&]() -> ContinuationResult {
    Expected<MadeBody> body = bodies_->make_continuation(id, loop, target, interest);
    if (!body) return {.entry = nullptr, .cost = {}, .failure = failure_of(body.takeError())};
    void* entry = body->installed.entry();
    keep(std::move(body->installed));
    return {.entry = entry, .cost = body->cost, .failure = {}};
  });
}

void Engine::compile_ahead(std::span<const FunctionId> ids) {
  if (!has_memory_reserve()) return;
  try {
    make_ahead(ids);
  } catch (const std::bad_alloc&) {
    // The claims are given up, and the first calls make the bodies.
  }
}

void Engine::make_ahead(std::span<const FunctionId> ids) {
  std::map<uint32_t, std::vector<Claim>> by_module; // a unit has functions of one module
  for (FunctionId id : ids)
    if (const FunctionRecord& record = program_.record(id); record.kind == FunctionKind::function)
      if (std::optional<Claim> claim = first_->claim(id)) by_module[record.module].push_back(std::move(*claim));
  for (auto& [module, claims] : by_module) {
    Expected<std::vector<MadeBody>> bodies = bodies_->make_first(claims, /*may_grow=*/true);
    if (bodies)
      install_all(std::move(*bodies));
    else // the first call of each function meets the failure again and reports it
      log_info("compile", "cannot compile ahead: {}", one_line(bodies.takeError()));
  }
}

} // namespace ajit
