//===- engine_compile.cpp - Bodies: made, published, entered ------------------------------------------------------===//
#include "clock.h"
#include "compile_guard.h"
#include "engine.h"
#include "error.h"
#include "host_arithmetic.h"
#include "log.h"
#include "module_source.h"
#include "signals_held.h"

#include <cstdio>
#include <llvm/ADT/ScopeExit.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <map>
#include <unistd.h>

using namespace llvm;

namespace ajit {

//===--------------------------------------------------------------------------------------------------------------===//
// A unit: built, compiled, linked

std::vector<UnitFunction> Engine::unit_functions(const Order& order) const {
  const TierOptions& tiers = options_.tiers;
  std::vector<UnitFunction> functions;
  for (FunctionId id : order.ids)
    functions.push_back({.symbol = *program_.record(id).symbol,
                         .id = id,
                         .counted = !order.loop && tiers.counts_calls(order.tier),
                         .polled = order.polled && tiers.polls_loops(order.tier),
                         .loop = order.loop});
  return functions;
}

void Engine::dump(const Unit& unit, const Order& order, UnitCompiler& compiler) {
  for (const UnitBody& body : unit.bodies)
    if (body.error.empty())
      dumps_->write_body(*unit.module, body.symbol, {*program_.record(body.id).name, order.tier, order.loop}, compiler);
}

std::optional<UnitFunction> Engine::join_unit(StringRef symbol) {
  std::optional<FunctionId> id = program_.find(symbol);
  if (!id || program_.record(*id).kind != FunctionKind::function || !claim_first(*id)) return std::nullopt;
  prepare(*id);
  return unit_functions({.ids = *id, .tier = options_.tiers.min_tier}).front();
}

Error Engine::guard(CompilePool::Lease& context, function_ref<void()> work) {
  std::optional<std::string> failure = run_guarded(work);
  if (!failure) return Error::success();
  context.abandon();
  return make_error("compiler failure: {}", *failure);
}

Expected<std::unique_ptr<MemoryBuffer>> Engine::compile(CompilePool::Lease& context, Unit& unit, const Order& order,
                                                        CompileTimes& times) {
  LlvmCompiler& compiler = context->compiler();
  std::optional<Expected<std::unique_ptr<MemoryBuffer>>> object;
  Error failure = guard(context, [&] {
    object.emplace(compiler.compile(*unit.module, order.tier, times, [&] {
      if (dumps_) dump(unit, order, compiler);
    }));
  });
  if (failure) {
    // It lives in the context that has been abandoned.
    static_cast<void>(unit.module.release());
    return failure;
  }
  unit.module.reset();
  return std::move(*object);
}

std::vector<Engine::Body> Engine::bodies_of(Unit& unit, const Order& order) {
  const bool first = order.tier == options_.tiers.min_tier;
  std::vector<Body> bodies(unit.bodies.size());
  for (size_t i = 0; i != bodies.size(); ++i) {
    Body& body = bodies[i];
    UnitBody& built = unit.bodies[i];
    body.id = built.id;
    body.traits = std::move(built.traits);
    body.error = built.error;
    for (LoopTraits& loop : built.loops)
      body.loops.push_back({loop.line, loop.depth, loop.layout, std::move(loop.excluded)});
    if (options_.compile_ahead && first)
      for (Function* callee : body.traits.certain_callees)
        if (std::optional<FunctionId> id = program_.find(callee->getName())) body.callees.push_back(*id);
    body.callee_count = static_cast<uint32_t>(body.traits.callees.size());
    body.traits.callees.clear();
    body.traits.certain_callees.clear();
  }
  return bodies;
}

bool Engine::loops_agree(const Order& order, ArrayRef<Body> bodies) {
  const bool first = order.tier == options_.tiers.min_tier;
  const bool matters = order.loop || (order.polled && options_.tiers.polls_loops(order.tier));
  return first || !matters || all_of(bodies, [&](const Body& body) {
           return !body.error.empty() || tiers_->loops_agree(body.id, body.loops);
         });
}

Expected<std::vector<Engine::Body>> Engine::compile(const Order& order) {
  CompileGate::Inside inside(gate_);
  TierTimes spent;
  auto start = SteadyClock::now();
  CompilePool::Lease context = pool_.borrow();
  const LoadedModule& module = program_.module(program_.record(order.ids.front()).module);
  Expected<ModuleCopy*> copy = context->copy(*module.source, module.ordinal);
  if (!copy) return copy.takeError();
  auto borrowed = SteadyClock::now();

  UnitRequest request{order.tier, order.tier == options_.tiers.max_tier, unit_functions(order), {}};
  SmallVector<FunctionId> joined;
  if (order.may_grow)
    request.join = [&](StringRef symbol) {
      std::optional<UnitFunction> function = join_unit(symbol);
      if (function) joined.push_back(function->id);
      return function;
    };
  // Claims that go back unless the result hands them to the caller.
  auto release_joined = make_scope_exit([&] {
    for (FunctionId id : joined)
      give_up_first(id);
  });
  Unit unit;
  if (Error error = guard(context, [&] { unit = build_unit(**copy, request); })) return error;
  std::vector<Body> bodies = bodies_of(unit, order);
  if (!loops_agree(order, bodies)) {
    if (order.loop) return make_error("the function's loops are not those of its first body");
    Order unpolled = order;
    unpolled.polled = false;
    return compile(unpolled);
  }
  std::vector<LinkSymbol> symbols;
  for (size_t i = 0; i != bodies.size(); ++i) {
    if (!bodies[i].error.empty()) continue;
    CodeLabel label{bodies[i].id, order.tier, order.loop ? CodeKind::continuation : CodeKind::body,
                    order.loop.value_or(0)};
    symbols.push_back(
        {GlobalValue::dropLLVMManglingEscape(unit.bodies[i].symbol).str(), label, *program_.record(bodies[i].id).name});
  }
  if (symbols.empty()) {
    release_joined.release();
    return bodies;
  }
  auto built = SteadyClock::now();

  CompileTimes times;
  Expected<std::unique_ptr<MemoryBuffer>> object = compile(context, unit, order, times);
  if (!object) return object.takeError();
  auto compiled = SteadyClock::now();
  Expected<std::vector<void*>> addresses = linker_->link(ObjectKind::bodies, std::move(*object), symbols);
  if (!addresses) return addresses.takeError();
  auto linked = SteadyClock::now();

  auto microseconds = static_cast<uint32_t>(milliseconds(start, linked) * 1000 / static_cast<double>(symbols.size()));
  auto address = addresses->begin();
  for (Body& body : bodies) {
    if (!body.error.empty()) continue;
    body.address = *address++;
    const CodeDescriptor* code = map_->lookup(body.address);
    body.cost = {microseconds, code ? code->size : 0};
    if (dumps_) dumps_->add_size({*program_.record(body.id).name, order.tier, order.loop}, body.cost.code_bytes);
  }
  spent.units = 1;
  (order.loop ? spent.continuations : spent.bodies) = symbols.size();
  spent.imported = unit.imported;
  spent.wait_ms = milliseconds(start, borrowed);
  spent.build_ms = milliseconds(borrowed, built);
  spent.pipeline_ms = times.pipeline_ms;
  spent.codegen_ms = times.codegen_ms;
  spent.link_ms = milliseconds(compiled, linked);
  times_.add(order.tier, spent);
  release_joined.release();
  return bodies;
}

//===--------------------------------------------------------------------------------------------------------------===//
// First calls

void Engine::prepare(FunctionId id) {
  enum : uint8_t { unknown, under_way, known };
  std::atomic<uint8_t>& state = program_.record(id).prepared;
  uint8_t seen = unknown;
  if (state.compare_exchange_strong(seen, under_way, std::memory_order_acq_rel)) {
    tiers_->prepare(id);
    state.store(known, std::memory_order_release);
    state.notify_all();
    return;
  }
  while (seen != known) {
    state.wait(under_way, std::memory_order_acquire);
    seen = state.load(std::memory_order_acquire);
  }
}

bool Engine::claim_first(FunctionId id) {
  FirstBody expected = FirstBody::none;
  return program_.record(id).first.compare_exchange_strong(expected, FirstBody::compiling, std::memory_order_acq_rel);
}

void Engine::give_up_first(FunctionId id) {
  std::atomic<FirstBody>& first = program_.record(id).first;
  first.store(FirstBody::none, std::memory_order_release);
  first.notify_all();
}

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
  publish(body.id, body.address, tier);
  if (!body.traits.pinned.empty()) {
    tiers_->pin(body.id, body.traits.pinned);
    if (options_.tiers.explain)
      log_info("tier", "{:10.3f} ms  {}: keeps {}: {}", uptime_ms(), name_of(body.id), tier_name(tier),
               body.traits.pinned);
  }
  tiers_->on_first_call_installed(body.id, tier, body.cost);
  record.first.store(FirstBody::ready, std::memory_order_release);
  record.first.notify_all();
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
      give_up_first(body.id);
  }
}

void Engine::predict(const Body& body) {
  if (!options_.compile_ahead || options_.tiers.sync) return;
  SmallVector<FunctionId> likely;
  for (FunctionId callee : body.callees) {
    if (program_.record(callee).first.load(std::memory_order_relaxed) != FirstBody::none) continue;
    prepare(callee);
    likely.push_back(callee);
  }
  if (!likely.empty()) tiers_->request_ahead(likely);
}

void* Engine::make_first_body(FunctionId id) noexcept {
  prepare(id);
  Order order{.ids = id, .tier = options_.tiers.min_tier, .may_grow = options_.compile_ahead};
  Expected<std::vector<Body>> bodies = compile(order);
  if (!bodies && options_.compile_ahead) {
    // Whoever joined may be what failed.
    consumeError(bodies.takeError());
    order.may_grow = false;
    bodies = compile(order);
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
  if (!claim_first(id)) return false;
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
    if (!make_first_body_if_free(id)) record.first.wait(FirstBody::compiling, std::memory_order_acquire);
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

//===--------------------------------------------------------------------------------------------------------------===//
// TierCompiler

CompileResult Engine::compile_and_install(FunctionId id, Tier target) {
  SignalsHeld held; // in synchronous mode this is a thread of the program
  HostArithmetic arithmetic;
  Expected<std::vector<Body>> bodies = compile({.ids = id, .tier = target});
  if (!bodies) return {{}, one_line(bodies.takeError())};
  Body& body = bodies->front();
  if (!body.error.empty()) return {{}, body.error};
  publish(id, body.address, target);
  return {body.cost, {}};
}

ContinuationResult Engine::compile_continuation(FunctionId id, uint32_t loop, Tier target) {
  SignalsHeld held; // where it is forced this is a thread of the program
  HostArithmetic arithmetic;
  Expected<std::vector<Body>> bodies = compile({.ids = id, .tier = target, .loop = loop});
  if (!bodies) return {nullptr, {}, one_line(bodies.takeError())};
  const Body& body = bodies->front();
  if (!body.error.empty()) return {nullptr, {}, body.error};
  return {body.address, body.cost, {}};
}

void Engine::compile_ahead(std::span<const FunctionId> ids) {
  std::vector<FunctionId> claimed;
  for (FunctionId id : ids)
    if (program_.record(id).kind == FunctionKind::function && claim_first(id)) claimed.push_back(id);
  std::map<uint32_t, std::vector<FunctionId>> by_module; // a unit is of one module
  for (FunctionId id : claimed)
    by_module[program_.record(id).module].push_back(id);
  for (const auto& [module, unit] : by_module) {
    Expected<std::vector<Body>> bodies = compile({.ids = unit, .tier = options_.tiers.min_tier, .may_grow = true});
    if (!bodies) {
      // The first call will meet the same error and has somebody to tell.
      consumeError(bodies.takeError());
      for (FunctionId id : unit)
        give_up_first(id);
      continue;
    }
    install_or_give_up(*bodies);
    for (const Body& body : *bodies)
      predict(body);
  }
}

} // namespace ajit
