#include "compile_unit.h"
#include "clock.h"
#include "compile_budget.h"
#include "compile_gate.h"
#include "compile_guard.h"
#include "data_unit.h"
#include "dump_writer.h"
#include "error.h"
#include "globals_mapper.h"
#include "linker_name.h"
#include "module_source.h"
#include "osr_late.h"
#include "unit.h"

#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <utility>

using namespace llvm;

namespace ajit {
namespace {

/// Runs `work` in the borrowed context, which is abandoned if LLVM gives up in it.
Error guard(CompilePool::Lease& context, function_ref<void()> work) {
  std::optional<std::string> failure = run_guarded(work);
  if (!failure) return Error::success();
  context.abandon();
  return make_typed<CompilerFault>("compiler failure: {}", *failure);
}

/// Optimises `unit`, calls `inspect` and generates code. If LLVM gives up, the unit is lost with the context.
Expected<ObjectBytes> emit(CompilePool::Lease& context, std::unique_ptr<Module> unit, Tier tier, CompileTimes& times,
                           function_ref<void()> inspect, const std::function<bool()>& is_over) {
  std::optional<Expected<ObjectBytes>> object;
  Error failure = guard(context, [&] {
    object.emplace(
        context->compiler().compile(*unit, tier, times, inspect, is_over ? function_ref<bool()>(is_over) : nullptr));
  });
  if (failure) {
    static_cast<void>(unit.release());
    return failure;
  }
  unit.reset();
  return std::move(*object);
}

UnitFunction unit_function(const FunctionOrder& function, const UnitOrder& order, bool polled) {
  return {.symbol = function.symbol,
          .counted = order.counted && !order.loop,
          .polled = polled,
          .loop = order.loop,
          .checks_all = order.checks_all};
}

/// Whether those of `loops` that frames may leave have the layouts of the first body's.
bool agree(const std::optional<std::vector<uint64_t>>& layouts, ArrayRef<LoopFacts> loops) {
  if (!layouts) return true;
  return layouts->size() == loops.size() && all_of(zip(*layouts, loops), [](const auto& pair) {
           const auto& [layout, loop] = pair;
           return layout == 0 || (loop.excluded.empty() && loop.layout == layout);
         });
}

uint64_t instructions_of(const Module& unit) {
  uint64_t sum = 0;
  for (const Function& function : unit)
    sum += function.getInstructionCount();
  return sum;
}

/// The time that a bounded compile takes. The passes ask between them whether it is over.
class CompileWatch {
public:
  CompileWatch(const UnitOrder& order, uint64_t instructions)
      : order_(order), start_ms_(thread_cpu_ms()),
        budget_ms_(static_cast<double>(order.budget_ms != 0 ? order.budget_ms : compile_budget_ms(instructions))) {
    if (instructions >= long_compile_instructions) tell();
  }

  bool is_over() {
    look_at_clock();
    return spent_ || (order_.is_over && order_.is_over());
  }

  bool budget_is_spent() const { return spent_; }

private:
  /// Asks for the thread's processor time, which takes a system call, only when enough time has passed for an answer
  /// that matters.
  void look_at_clock() {
    const auto now = SteadyClock::now();
    if (spent_ || now < next_look_) return;
    const double used_ms = thread_cpu_ms() - start_ms_;
    if (used_ms >= long_compile_ms) tell();
    spent_ = used_ms >= budget_ms_;
    const double next_ms = used_ms < long_compile_ms ? std::min<double>(long_compile_ms, budget_ms_) : budget_ms_;
    next_look_ = now + std::chrono::microseconds(static_cast<int64_t>((next_ms - used_ms) * 1000) + 1);
  }

  void tell() {
    if (std::exchange(told_, true) || !order_.takes_long) return;
    const CompileGate::Inside inside;
    order_.takes_long();
  }

  const UnitOrder& order_;
  const double start_ms_;
  const double budget_ms_;
  SteadyClock::time_point next_look_; ///< the first call looks
  bool spent_ = false;
  bool told_ = false;
};

/// A compile of bodies or of a continuation in progress.
class BodiesCompile {
public:
  BodiesCompile(CompilePool::Lease& context, ModuleCopy& copy, const UnitOrder& order, DumpWriter* dumps)
      : context_(context), copy_(copy), order_(order), dumps_(dumps), functions_(order.functions) {}

  Expected<CompiledUnit> run() {
    const auto start = SteadyClock::now();
    if (Error error = build(order_.polled)) return error;
    if (!loops_agree()) {
      if (order_.loop) return make_typed<Unsupported>("the function's loops differ from those of its first body");
      functions_.resize(order_.functions.size()); // functions that joined may join again
      if (Error error = build(/*polled=*/false)) return error;
    }
    CompiledUnit result;
    result.kind = order_.loop ? UnitKind::continuation : UnitKind::bodies;
    result.tier = order_.tier;
    result.loop = order_.loop.value_or(0);
    result.imported = unit_.imported;
    for (UnitBody& body : unit_.bodies)
      result.bodies.push_back(take_facts(body));
    result.times.build_ms = milliseconds(start, SteadyClock::now());
    if (all_of(unit_.bodies, [](const UnitBody& body) { return body.refusal.has_value(); })) return result;
    if (order_.prepare) order_.prepare(*unit_.module);
    if (order_.tier != Tier::O0)
      if (Error error = verify()) return error;
    Module& module = *unit_.module;
    auto inspect = [&] {
      lower_late_checks(module);
      if (dumps_) dump(module);
    };
    CompileWatch watch(order_, instructions_of(module));
    std::function<bool()> is_over = order_.is_over;
    if (order_.bounded) is_over = [&watch] { return watch.is_over(); };
    Expected<ObjectBytes> object =
        emit(context_, std::move(unit_.module), unit_.pipeline, result.times, inspect, is_over);
    if (object) {
      result.object = std::move(*object);
      return result;
    }
    if (!watch.budget_is_spent()) return object.takeError();
    consumeError(object.takeError());
    return make_typed<OverBudget>("gave up after {:.1f} s at {}", milliseconds(start, SteadyClock::now()) / 1000,
                                  tier_name(order_.tier));
  }

private:
  Error build(bool polled) {
    UnitRequest request{order_.tier, order_.last_tier, {}, {}};
    for (const FunctionOrder& function : order_.functions)
      request.functions.push_back(unit_function(function, order_, polled));
    if (order_.join) request.join = [this, polled](StringRef symbol) { return join(symbol, polled); };
    Error failure = guard(context_, [&] { unit_ = build_unit(copy_, request); });
    if (failure) static_cast<void>(unit_.module.release()); // an earlier build's module: it is lost with its context
    return failure;
  }

  std::optional<UnitFunction> join(StringRef symbol, bool polled) {
    std::optional<FunctionOrder> joining = [&] {
      const CompileGate::Inside inside; // it takes a claim
      return order_.join(symbol);
    }();
    if (!joining) return std::nullopt;
    functions_.push_back(std::move(*joining));
    return unit_function(functions_.back(), order_, polled);
  }

  /// The reader checks the form of records only, and the optimiser crashes or runs for ever on what the verifier
  /// refuses. O0 does without: it has few passes, and most functions stay there.
  Error verify() {
    std::string broken;
    bool broken_debug_info = false;
    bool refused = false;
    if (Error failure = guard(context_, [&] {
          raw_string_ostream stream(broken);
          refused = verifyModule(*unit_.module, &stream, &broken_debug_info);
        })) {
      static_cast<void>(unit_.module.release());
      return failure;
    }
    if (broken_debug_info) StripDebugInfo(*unit_.module);
    if (!refused) return Error::success();
    return make_typed<Refused>("invalid function: {}: {}: {}", copy_.module().getModuleIdentifier(),
                               order_.functions.front().name, one_line(make_error(broken)));
  }

  bool loops_agree() const {
    if (!order_.loop && !order_.polled) return true;
    return all_of(zip(functions_, unit_.bodies), [](const auto& pair) {
      const auto& [function, body] = pair;
      return body.refusal || agree(function.layouts, body.loops);
    });
  }

  CompiledBody take_facts(UnitBody& body) const {
    CompiledBody facts;
    facts.function = std::move(body.function);
    facts.refusal = std::move(body.refusal);
    if (facts.refusal) return facts;
    facts.symbol = linker_name(body.symbol).str();
    facts.label_table = linker_name(body.label_table).str();
    facts.facts = body.traits;
    facts.loops = std::move(body.loops);
    for (const Function* callee : body.traits.certain_callees) // filled only if others may join
      facts.callees.push_back(callee->getName().str());
    return facts;
  }

  void dump(Module& module) {
    const CompileGate::Inside inside; // dumps have a lock, and an assembly printer sets up a pass manager
    for (const auto& [function, body] : zip(functions_, unit_.bodies))
      if (!body.refusal)
        dumps_->write_body(module, body.symbol, {function.name, order_.tier, order_.loop}, context_->compiler());
  }

  CompilePool::Lease& context_;
  ModuleCopy& copy_;
  const UnitOrder& order_;
  DumpWriter* const dumps_;
  std::vector<FunctionOrder> functions_; ///< of `unit_.bodies`
  Unit unit_;
};

CompiledBody pinned_body(const PinnedBody& pinned) {
  CompiledBody body;
  body.function = pinned.symbol;
  body.symbol = linker_name(pinned.body_symbol).str();
  body.label_table = linker_name(pinned.label_table).str();
  body.facts.pinned = pinned.reason;
  body.facts.timeable = false;
  return body;
}

} // namespace

Expected<CompiledUnit> compile_unit(CompilePool::Lease& context, const std::shared_ptr<const ModuleSource>& source,
                                    unsigned ordinal, const UnitOrder& order, DumpWriter* dumps) {
  Expected<ModuleCopy*> copy = context.copy(source, ordinal);
  if (!copy) return copy.takeError();
  return BodiesCompile(context, **copy, order, dumps).run();
}

Expected<CompiledUnit> compile_data(CompilePool::Lease& context, const std::shared_ptr<const ModuleSource>& source,
                                    unsigned ordinal, const DataOrder& order) {
  Expected<ModuleCopy*> copy = context.copy(source, ordinal);
  if (!copy) return copy.takeError();
  const auto start = SteadyClock::now();
  std::optional<Expected<DataUnit>> built;
  if (Error failure = guard(context, [&] { built.emplace(build_data_unit(**copy, ordinal)); })) return failure;
  if (!*built) return built->takeError();
  std::optional<DataUnit> data(std::move(**built));
  CompiledUnit result;
  result.kind = UnitKind::data;
  // A body that will never be replaced is worth optimising; variables have nothing to optimise.
  result.tier = data->pinned.empty() ? Tier::O0 : Tier::O2;
  result.marker = data->marker;
  for (const PinnedBody& pinned : data->pinned)
    result.bodies.push_back(pinned_body(pinned));
  if (!data->module && order.even_if_empty) data->module = new_unit_module((*copy)->module(), "data");
  if (data->module && order.prepare) order.prepare(*data->module);
  result.times.build_ms = milliseconds(start, SteadyClock::now());
  if (!data->module) return result;
  // A loop of a pinned body has no checks, so there is nothing to lower.
  Expected<ObjectBytes> object = emit(context, std::move(data->module), result.tier, result.times, [] {}, {});
  if (!object) return object.takeError();
  result.object = std::move(*object);
  return result;
}

} // namespace ajit
