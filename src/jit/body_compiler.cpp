#include "body_compiler.h"
#include "clock.h"
#include "compile_guard.h"
#include "compile_stack.h"
#include "compile_unit.h"
#include "error.h"
#include "link_guarded.h"
#include "module_source.h"
#include "unit_through_bytes.h"

using namespace llvm;

namespace ajit {

FunctionOrder BodyCompiler::function_order(FunctionId id, bool with_layouts) const {
  const FunctionRecord& record = parts_.program.record(id);
  FunctionOrder order{.symbol = *record.symbol, .name = *record.name};
  if (with_layouts) order.layouts = parts_.tiers.loop_layouts(id);
  return order;
}

UnitOrder BodyCompiler::order_of(ArrayRef<FunctionId> ids, Tier tier, std::optional<uint32_t> loop) const {
  const TierOptions& tiers = parts_.options.tiers;
  UnitOrder order;
  order.tier = tier;
  order.last_tier = tier == tiers.max_tier;
  order.counted = tiers.counts_calls(tier);
  order.polled = tiers.polls_loops(tier);
  order.checks_all = tiers.osr.mode == OsrMode::force;
  order.loop = loop;
  const bool is_first = tier == tiers.min_tier;
  for (FunctionId id : ids)
    order.functions.push_back(function_order(id, !is_first && (order.polled || loop)));
  return order;
}

UnitOrder BodyCompiler::bounded_order(ArrayRef<FunctionId> ids, Tier tier, std::optional<uint32_t> loop) const {
  UnitOrder order = order_of(ids, tier, loop);
  order.bounded = true;
  order.budget_ms = parts_.options.compile_budget_ms;
  order.takes_long = [this] { parts_.tiers.set_aside(); };
  return order;
}

Expected<std::vector<MadeBody>> BodyCompiler::make_first(std::vector<Claim>& claims, bool may_grow,
                                                         const std::function<void()>& when_read) {
  std::vector<FunctionId> ids;
  for (const Claim& claim : claims)
    ids.push_back(claim.id());
  UnitOrder order = order_of(ids, parts_.options.tiers.min_tier, std::nullopt);
  if (when_read) order.prepare = [&](Module&) { when_read(); };
  order.takes_long = [this] { parts_.tiers.set_aside(); }; // if a compile thread makes it ahead
  std::vector<Claim> joined;
  if (may_grow)
    order.join = [&](StringRef symbol) -> std::optional<FunctionOrder> {
      std::optional<FunctionId> id = parts_.program.find(symbol);
      if (!id || parts_.program.record(*id).kind != FunctionKind::function) return std::nullopt;
      const MemoryReserveScope no_end_within; // of the compile: other threads would wait for the claim
      std::optional<Claim> claim = parts_.first.claim(*id);
      if (!claim) return std::nullopt;
      joined.push_back(std::move(*claim));
      ids.push_back(*id);
      parts_.first.prepare(*id);
      return function_order(*id, /*with_layouts=*/false);
    };
  Expected<std::vector<MadeBody>> bodies = make(order, ids);
  if (!bodies) return bodies;
  auto body = bodies->begin();
  for (std::vector<Claim>* list : {&claims, &joined})
    for (Claim& claim : *list)
      (body++)->claim.emplace(std::move(claim));
  claims.clear();
  return bodies;
}

Expected<std::vector<MadeBody>> BodyCompiler::make_later(ArrayRef<FunctionId> ids, Tier tier) {
  UnitOrder order = bounded_order(ids, tier, std::nullopt);
  order.is_over = [&] { return parts_.tiers.stopped(); };
  Expected<std::vector<MadeBody>> bodies = make(order, ids.vec());
  if (!bodies) return bodies;
  // The tier manager gives up loops that differ from those of the first body.
  if (order.polled)
    for (MadeBody& body : *bodies)
      if (!body.unit.refusal) parts_.tiers.loops_agree(body.id, body.unit.loops);
  return bodies;
}

Expected<MadeBody> BodyCompiler::make_continuation(FunctionId id, uint32_t loop, Tier tier, const Interest& interest) {
  UnitOrder order = bounded_order(id, tier, loop);
  order.is_over = [&] { return interest.is_lost() || parts_.tiers.stopped(); };
  Expected<std::vector<MadeBody>> bodies = make(order, std::vector{id});
  if (!bodies) return bodies.takeError();
  MadeBody& body = bodies->front();
  if (body.unit.refusal) return error_of(*body.unit.refusal);
  return std::move(body);
}

Expected<std::vector<MadeBody>> BodyCompiler::make(const UnitOrder& order, const std::vector<FunctionId>& ids) {
  CompileGate::Inside inside(parts_.gate);
  std::optional<Expected<std::vector<MadeBody>>> bodies;
  run_on_compile_stack([&] { bodies.emplace(make_here(order, ids)); });
  return std::move(*bodies);
}

Expected<std::vector<MadeBody>> BodyCompiler::make_here(const UnitOrder& order, const std::vector<FunctionId>& ids) {
  const auto start = SteadyClock::now();
  CompilePool::Lease context = parts_.pool.borrow();
  const LoadedModule& module = parts_.program.module(parts_.program.record(ids.front()).module);
  const auto borrowed = SteadyClock::now();
  Expected<CompiledUnit> unit = [&] {
    const CompileGate::Window forks_pass(parts_.gate);
    return compile_unit(context, module.source, module.ordinal, order, parts_.dumps);
  }();
  if (!unit) return unit.takeError();
  if (parts_.options.through_bytes) unit = through_bytes(std::move(*unit));
  if (!unit) return unit.takeError();
  TierTimes times{.units = 1,
                  .imported = unit->imported,
                  .wait_ms = milliseconds(start, borrowed),
                  .build_ms = unit->times.build_ms,
                  .pipeline_ms = unit->times.pipeline_ms,
                  .codegen_ms = unit->times.codegen_ms};
  const bool nothing_to_link = unit->object.empty();
  const auto compiled = SteadyClock::now();
  Expected<std::vector<MadeBody>> bodies = link(std::move(*unit), ids);
  if (!bodies || nothing_to_link) return bodies;
  const auto linked = SteadyClock::now();

  times.link_ms = milliseconds(compiled, linked);
  const auto count = static_cast<uint64_t>(count_if(*bodies, [](const MadeBody& body) { return !body.unit.refusal; }));
  (order.loop ? times.continuations : times.bodies) = count;
  const double microseconds_each = milliseconds(start, linked) * 1000 / static_cast<double>(count);
  for (MadeBody& body : *bodies) {
    if (body.unit.refusal) continue;
    body.cost = {static_cast<uint32_t>(microseconds_each), body.installed.code_bytes()};
    if (parts_.dumps)
      parts_.dumps->add_size({*parts_.program.record(body.id).name, order.tier, order.loop}, body.cost.code_bytes);
  }
  parts_.times.add(order.tier, times);
  return bodies;
}

Expected<std::vector<MadeBody>> BodyCompiler::link(CompiledUnit unit, const std::vector<FunctionId>& ids) {
  std::vector<MadeBody> bodies;
  std::vector<BodyIdentity> identities;
  for (auto [id, body] : zip_equal(ids, unit.bodies)) {
    identities.push_back({id, *parts_.program.record(id).name});
    bodies.push_back({.id = id, .unit = body, .installed = {}, .cost = {}, .claim = {}});
  }
  if (unit.object.empty()) return bodies; // all were refused
  Expected<std::vector<InstalledBody>> installed = link_guarded(parts_.linker, std::move(unit), identities);
  if (!installed) return installed.takeError();
  for (auto [body, linked] : zip_equal(bodies, *installed))
    body.installed = std::move(linked);
  return bodies;
}

} // namespace ajit
