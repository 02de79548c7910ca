//===- engine_calls.cpp - What happens at calls: first bodies, ticks, samples; bodies published -------------------===//
#include "clock.h"
#include "engine.h"
#include "error.h"
#include "host_arithmetic.h"
#include "log.h"
#include "signals_held.h"

#include <cstdio>
#include <map>
#include <unistd.h>

using namespace llvm;

namespace ajit {

//===--------------------------------------------------------------------------------------------------------------===//
// Bodies published

void Engine::publish(FunctionId id, void* address, Tier tier) {
  FunctionRecord& record = program_.record(id);
  record.body.store(address, std::memory_order_release);
  // Bodies of the last tier never tick, so the first few of their calls are led through the runtime to be timed.
  bool timeable = tier == options_.tiers.max_tier && record.timeable.load(std::memory_order_relaxed);
  uint32_t samples = timeable ? tiers_->samples_wanted(id, tier) : 0;
  if (samples == 0) return stubs_->publish(id, address);
  // In this order: whoever takes the last sample publishes the body, and that must be the last word.
  stubs_->route_to_runtime(id);
  record.samples_left.store(static_cast<int32_t>(samples), std::memory_order_release);
}

/// Counts samples when they start and not when they end: calls that never return, such as endless chains of sibling
/// calls, would otherwise be led here for ever and leave a frame each time.
bool Engine::take_sample(FunctionId id) {
  FunctionRecord& record = program_.record(id);
  int32_t left = record.samples_left.load(std::memory_order_acquire);
  while (left > 0 && !record.samples_left.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) {
  }
  if (left == 1) stubs_->publish(id, record.body.load(std::memory_order_acquire));
  return left > 0;
}

void Engine::install_first(const Body& body, Tier tier) {
  FunctionRecord& record = program_.record(body.id);
  record.timeable.store(body.traits.timeable, std::memory_order_relaxed);
  record.stack_argument_bytes.store(body.traits.stack_argument_bytes, std::memory_order_relaxed);
  if (options_.tiers.polls_loops(tier) && !body.loops.empty()) {
    tiers_->set_loops(body.id, body.loops, {body.traits.instructions, body.callee_count});
    if (options_.tiers.explain) explain_exclusions(body.id, body.loops);
  }
  record.labels.store(body.labels, std::memory_order_relaxed);
  if (body.traits.compares_stack_depths) tiers_->keep_frames();
  publish(body.id, body.address, tier);
  if (!body.traits.pinned.empty()) {
    tiers_->pin(body.id, body.traits.pinned);
    if (options_.tiers.explain)
      log_info("tier", "{:10.3f} ms  {}: keeps {}: {}", uptime_ms(), name_of(body.id), tier_name(tier),
               body.traits.pinned);
  }
  tiers_->on_first_call_installed(body.id, tier, body.cost);
  first_->set_ready(body.id);
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

void Engine::install_or_give_up(ArrayRef<Body> bodies) {
  for (const Body& body : bodies) {
    if (body.error.empty())
      install_first(body, options_.tiers.min_tier);
    else
      first_->give_up(body.id);
  }
}

//===--------------------------------------------------------------------------------------------------------------===//
// First calls

void Engine::predict(const Body& body) {
  if (!options_.compile_ahead || options_.tiers.sync) return;
  SmallVector<FunctionId> likely;
  for (FunctionId callee : body.callees) {
    if (!first_->is_wanted(callee)) continue;
    first_->prepare(callee);
    likely.push_back(callee);
  }
  if (!likely.empty()) tiers_->request_ahead(likely);
}

void Engine::make_for_children(std::span<const FunctionId> ids) {
  SmallVector<FunctionId> cold;
  for (FunctionId id : ids) {
    // A child may have added modules that this process has not.
    if (index_of(id) >= program_.function_count() || program_.record(id).kind != FunctionKind::function) continue;
    if (!first_->is_wanted(id)) continue;
    first_->prepare(id);
    cold.push_back(id);
  }
  if (!cold.empty()) tiers_->request_ahead(cold);
}

void* Engine::make_first_body(FunctionId id) noexcept {
  first_->prepare(id);
  BodyOrder order{.ids = id, .tier = options_.tiers.min_tier, .may_grow = options_.compile_ahead};
  Expected<std::vector<Body>> bodies = bodies_->compile(order);
  if (!bodies && options_.compile_ahead) {
    // Whoever joined may be what failed.
    consumeError(bodies.takeError());
    order.may_grow = false;
    bodies = bodies_->compile(order);
  }
  if (!bodies) die(id, one_line(bodies.takeError()));
  if (!bodies->front().error.empty()) die(id, bodies->front().error);
  install_or_give_up(*bodies);
  for (const Body& body : *bodies)
    predict(body);
  return bodies->front().address;
}

bool Engine::make_first_body_if_free(FunctionId id) noexcept {
  // From the claim to the publication: a fork in between would leave the child with a claim that nobody fulfils.
  CompileGate::Inside inside(gate_);
  if (!first_->claim(id)) return false;
  make_first_body(id);
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
  SignalsHeld held;
  while (!record.body.load(std::memory_order_acquire)) {
    if (!make_first_body_if_free(id)) first_->wait(id);
  }
  return record.body.load(std::memory_order_acquire);
}

void Engine::die(FunctionId id, const std::string& why) {
  std::fflush(nullptr);
  std::string line = fmt::format("ajit: error: cannot call function: {}: {}\n", name_of(id), why);
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(1);
  _exit(1);
}

//===--------------------------------------------------------------------------------------------------------------===//
// RuntimeHandler

Dispatch Engine::enter(FunctionId id) noexcept {
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
  dispatch.tag = code ? tier_index(code->label.tier) : 0;
  return dispatch;
}

void Engine::report(FunctionId id, uint64_t tag, uint64_t cycles) noexcept {
  tiers_->on_timed_call(id, all_tiers[tag], cycles);
}

void* Engine::check_loop(FunctionId id, uint32_t loop, Tier tier) noexcept {
  return tiers_->on_loop_check(id, loop, tier);
}

void* const* Engine::labels_of(FunctionId id) noexcept {
  HostArithmetic arithmetic;
  first_call(id);
  void* const* labels = program_.record(id).labels.load(std::memory_order_relaxed);
  if (!labels) die(id, "another function holds a label that it has not");
  return labels;
}

//===--------------------------------------------------------------------------------------------------------------===//
// TierCompiler

CompileResult Engine::compile_and_install(FunctionId id, Tier target) {
  SignalsHeld held; // in synchronous mode this is a thread of the program
  HostArithmetic arithmetic;
  Expected<std::vector<Body>> bodies = bodies_->compile({.ids = id, .tier = target});
  if (!bodies) return {{}, one_line(bodies.takeError())};
  Body& body = bodies->front();
  if (!body.error.empty()) return {{}, body.error};
  publish(id, body.address, target);
  return {body.cost, {}};
}

void Engine::warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) {
  CompileGate::Inside inside(gate_);
  pool_.warm_up(target, wanted_elsewhere);
}

ContinuationResult Engine::compile_continuation(FunctionId id, uint32_t loop, Tier target, const Interest& interest) {
  SignalsHeld held; // where it is forced this is a thread of the program
  HostArithmetic arithmetic;
  Expected<std::vector<Body>> bodies =
      bodies_->compile({.ids = id, .tier = target, .loop = loop, .interest = &interest});
  if (!bodies) {
    std::string why = one_line(bodies.takeError());
    if (interest.is_lost()) return {.entry = nullptr, .cost = {}, .error = {}, .abandoned = true};
    return {nullptr, {}, std::move(why)};
  }
  const Body& body = bodies->front();
  if (!body.error.empty()) return {nullptr, {}, body.error};
  return {body.address, body.cost, {}};
}

void Engine::compile_ahead(std::span<const FunctionId> ids) {
  std::vector<FunctionId> claimed;
  for (FunctionId id : ids)
    if (program_.record(id).kind == FunctionKind::function && first_->claim(id)) claimed.push_back(id);
  std::map<uint32_t, std::vector<FunctionId>> by_module; // a unit is of one module
  for (FunctionId id : claimed)
    by_module[program_.record(id).module].push_back(id);
  for (const auto& [module, unit] : by_module) {
    Expected<std::vector<Body>> bodies =
        bodies_->compile({.ids = unit, .tier = options_.tiers.min_tier, .may_grow = true});
    if (!bodies) {
      // The first call will meet the same error and has somebody to tell.
      consumeError(bodies.takeError());
      for (FunctionId id : unit)
        first_->give_up(id);
      continue;
    }
    install_or_give_up(*bodies);
    for (const Body& body : *bodies)
      predict(body);
  }
}

} // namespace ajit
