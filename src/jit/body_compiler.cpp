#include "body_compiler.h"
#include "clock.h"
#include "compile_guard.h"
#include "error.h"
#include "module_source.h"
#include "osr_late.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace llvm;

namespace ajit {
namespace {

/// Runs `work` on the borrowed context, which is abandoned if LLVM gives up in it.
Error guard(CompilePool::Lease& context, function_ref<void()> work) {
  std::optional<std::string> failure = run_guarded(work);
  if (!failure) return Error::success();
  context.abandon();
  return make_error("compiler failure: {}", *failure);
}

} // namespace

std::vector<UnitFunction> BodyCompiler::unit_functions(const BodyOrder& order) const {
  const TierOptions& tiers = parts_.options.tiers;
  std::vector<UnitFunction> functions;
  for (FunctionId id : order.ids)
    functions.push_back({.symbol = *parts_.program.record(id).symbol,
                         .id = id,
                         .counted = !order.loop && tiers.counts_calls(order.tier),
                         .polled = order.polled && tiers.polls_loops(order.tier),
                         .loop = order.loop,
                         .checks_all = tiers.osr.mode == OsrMode::force});
  return functions;
}

std::optional<UnitFunction> BodyCompiler::join_unit(StringRef symbol) {
  std::optional<FunctionId> id = parts_.program.find(symbol);
  if (!id || parts_.program.record(*id).kind != FunctionKind::function || !parts_.first.claim(*id)) return std::nullopt;
  parts_.first.prepare(*id);
  return unit_functions({.ids = *id, .tier = parts_.options.tiers.min_tier}).front();
}

void BodyCompiler::dump(const Unit& unit, const BodyOrder& order, UnitCompiler& compiler) {
  for (const UnitBody& body : unit.bodies)
    if (body.error.empty())
      parts_.dumps->write_body(*unit.module, body.symbol,
                               {*parts_.program.record(body.id).name, order.tier, order.loop}, compiler);
}

Expected<std::unique_ptr<MemoryBuffer>> BodyCompiler::emit(CompilePool::Lease& context, Unit& unit,
                                                           const BodyOrder& order, CompileTimes& times) {
  LlvmCompiler& compiler = context->compiler();
  std::optional<Expected<std::unique_ptr<MemoryBuffer>>> object;
  Error failure = guard(context, [&] {
    auto inspect = [&] {
      lower_late_checks(*unit.module);
      if (parts_.dumps) dump(unit, order, compiler);
    };
    auto is_lost = [&] { return order.interest->is_lost(); };
    object.emplace(compiler.compile(*unit.module, order.tier, times, inspect,
                                    order.interest ? function_ref<bool()>(is_lost) : nullptr));
  });
  if (failure) {
    // It lives in the context that has been abandoned.
    static_cast<void>(unit.module.release());
    return failure;
  }
  unit.module.reset();
  return std::move(*object);
}

std::vector<Body> BodyCompiler::bodies_of(Unit& unit, const BodyOrder& order) {
  std::vector<Body> bodies(unit.bodies.size());
  for (size_t i = 0; i != bodies.size(); ++i) {
    Body& body = bodies[i];
    UnitBody& built = unit.bodies[i];
    body.id = built.id;
    body.traits = std::move(built.traits);
    body.error = built.error;
    for (LoopTraits& loop : built.loops)
      body.loops.push_back({loop.line, loop.depth, loop.around, loop.layout, std::move(loop.excluded)});
    if (parts_.options.compile_ahead && is_first(order))
      for (Function* callee : body.traits.certain_callees)
        if (std::optional<FunctionId> id = parts_.program.find(callee->getName())) body.callees.push_back(*id);
    body.callee_count = static_cast<uint32_t>(body.traits.callees.size());
    body.traits.callees.clear();
    body.traits.certain_callees.clear();
  }
  return bodies;
}

bool BodyCompiler::loops_agree(const BodyOrder& order, ArrayRef<Body> bodies) {
  const bool matters = order.loop || (order.polled && parts_.options.tiers.polls_loops(order.tier));
  return is_first(order) || !matters || all_of(bodies, [&](const Body& body) {
           return !body.error.empty() || parts_.tiers.loops_agree(body.id, body.loops);
         });
}

Expected<std::size_t> BodyCompiler::link(const BodyOrder& order, const Unit& unit, std::unique_ptr<MemoryBuffer> object,
                                         std::vector<Body>& bodies) {
  std::vector<LinkSymbol> symbols;
  for (size_t i = 0; i != bodies.size(); ++i) {
    if (!bodies[i].error.empty()) continue;
    CodeLabel label{bodies[i].id, order.tier, order.loop ? CodeKind::continuation : CodeKind::body,
                    order.loop.value_or(0)};
    symbols.push_back({GlobalValue::dropLLVMManglingEscape(unit.bodies[i].symbol).str(), label,
                       *parts_.program.record(bodies[i].id).name});
  }
  const size_t count = symbols.size();
  for (const UnitBody& body : unit.bodies)
    if (body.error.empty() && !body.label_table.empty())
      symbols.push_back({GlobalValue::dropLLVMManglingEscape(body.label_table).str(), {}});
  Expected<std::vector<void*>> addresses = parts_.linker.link(ObjectKind::bodies, std::move(object), symbols);
  if (!addresses) return addresses.takeError();
  auto address = addresses->begin();
  for (Body& body : bodies)
    if (body.error.empty()) body.address = *address++;
  for (size_t i = 0; i != bodies.size(); ++i)
    if (bodies[i].error.empty() && !unit.bodies[i].label_table.empty())
      bodies[i].labels = static_cast<void* const*>(*address++);
  return count;
}

void BodyCompiler::set_costs(const BodyOrder& order, std::vector<Body>& bodies, double milliseconds_each) {
  for (Body& body : bodies) {
    if (!body.error.empty()) continue;
    const CodeDescriptor* code = parts_.map.lookup(body.address);
    body.cost = {static_cast<uint32_t>(milliseconds_each * 1000), code ? code->size : 0};
    if (parts_.dumps)
      parts_.dumps->add_size({*parts_.program.record(body.id).name, order.tier, order.loop}, body.cost.code_bytes);
  }
}

Expected<std::vector<Body>> BodyCompiler::compile(const BodyOrder& order) {
  CompileGate::Inside inside(parts_.gate);
  auto start = SteadyClock::now();
  CompilePool::Lease context = parts_.pool.borrow();
  const LoadedModule& module = parts_.program.module(parts_.program.record(order.ids.front()).module);
  Expected<ModuleCopy*> copy = context->copy(*module.source, module.ordinal);
  if (!copy) return copy.takeError();
  auto borrowed = SteadyClock::now();

  UnitRequest request{order.tier, order.tier == parts_.options.tiers.max_tier, unit_functions(order), {}};
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
      parts_.first.give_up(id);
  });
  Unit unit;
  if (Error error = guard(context, [&] { unit = build_unit(**copy, request); })) return error;
  std::vector<Body> bodies = bodies_of(unit, order);
  if (!loops_agree(order, bodies)) {
    if (order.loop) return make_error("the function's loops are not those of its first body");
    BodyOrder unpolled = order;
    unpolled.polled = false;
    return compile(unpolled);
  }
  if (none_of(bodies, [](const Body& body) { return body.error.empty(); })) {
    release_joined.release();
    return bodies;
  }
  auto built = SteadyClock::now();

  CompileTimes times;
  Expected<std::unique_ptr<MemoryBuffer>> object = emit(context, unit, order, times);
  if (!object) return object.takeError();
  auto compiled = SteadyClock::now();
  Expected<std::size_t> count = link(order, unit, std::move(*object), bodies);
  if (!count) return count.takeError();
  auto linked = SteadyClock::now();

  set_costs(order, bodies, milliseconds(start, linked) / static_cast<double>(*count));
  parts_.times.add(order.tier, {.units = 1,
                                .bodies = order.loop ? 0 : *count,
                                .continuations = order.loop ? *count : 0,
                                .imported = unit.imported,
                                .wait_ms = milliseconds(start, borrowed),
                                .build_ms = milliseconds(borrowed, built),
                                .pipeline_ms = times.pipeline_ms,
                                .codegen_ms = times.codegen_ms,
                                .link_ms = milliseconds(compiled, linked)});
  release_joined.release();
  return bodies;
}

} // namespace ajit
