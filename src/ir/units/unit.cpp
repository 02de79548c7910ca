#include "unit.h"
#include "check_policy.h"
#include "continuation.h"
#include "debug_info.h"
#include "entry_counter.h"
#include "error.h"
#include "fast_math.h"
#include "foreign_labels.h"
#include "globals_mapper.h"
#include "import_policy.h"
#include "library_names.h"
#include "module_copy.h"
#include "osr_check.h"

#include <deque>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/MapVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

using namespace llvm;

namespace ajit {
namespace {

/// The limit up to which joining functions make a unit grow: the first of them waits for the last.
constexpr size_t most_bodies = 8;

/// `wanted`, or a similar name that `module` does not use and that no assembler reads as a symbol's version.
std::string free_name(const Module& module, std::string wanted) {
  std::replace(wanted.begin(), wanted.end(), '@', '.');
  std::string name = wanted;
  for (unsigned next = 1; module.getNamedValue(name); ++next)
    name = (wanted + "$" + Twine(next)).str();
  return name;
}

/// The symbol that the linker knows the function by.
StringRef symbol_of(const UnitFunction& function) { return GlobalValue::dropLLVMManglingEscape(function.symbol); }

/// Clones bodies from a module copy into a unit's module.
class UnitBuilder {
public:
  UnitBuilder(ModuleCopy& copy, const UnitRequest& request)
      : copy_(copy), request_(request), has_one_pipeline_(begins_with_one_pipeline(copy, request)),
        pipeline_(has_one_pipeline_ ? Tier::O2 : request.tier), module_(new_unit_module(copy.module(), "unit")),
        mapper_(*module_, pipeline_ >= Tier::O1) {}

  Tier pipeline() const { return pipeline_; }

  /// Whether `callee` may be compiled in this unit.
  bool may_join(Function& callee) {
    Function* body = has_one_pipeline_ ? nullptr : known_body(callee);
    return body && !has_one_pipeline(*body);
  }

  UnitBody add(const UnitFunction& wanted, bool joining = false) {
    UnitBody body;
    body.function = wanted.symbol;
    body.symbol = free_name(copy_.module(), body_symbol(wanted.symbol, request_.tier, wanted.loop));
    Expected<Function*> canonical = copy_.canonical(wanted.symbol);
    if (!canonical || !*canonical) {
      body.refusal =
          canonical ? Failure{"no such body in the module", FailureKind::refused} : failure_of(canonical.takeError());
      return body;
    }
    if (has_one_pipeline(**canonical) != has_one_pipeline_) {
      body.refusal = Failure{"the function needs a unit of its own", FailureKind::unsupported};
      return body;
    }
    body.traits = function_traits(**canonical);
    if (request_.join) find_certain_callees(**canonical, body.traits);
    if (labels_are_held_elsewhere(**canonical)) body.label_table = free_name(copy_.module(), body.symbol + "$labels");
    OsrPoints points;
    if (wanted.polled || wanted.loop) points = points_of(**canonical, body);
    if (Error error = wanted.loop ? add_continuation(**canonical, wanted, points, body)
                                  : add_whole(**canonical, wanted, points, body)) {
      body.refusal = failure_of(std::move(error));
      return body;
    }
    if (!joining) asked_for_.insert(*canonical);
    if (pipeline_ >= Tier::O1)
      for (Function* callee : body.traits.callees)
        candidates_.push_back({callee, 0});
    return body;
  }

  /// At the last tier no later body replaces a root, so the roots call one another directly. Each is then optimised
  /// once, callees first, instead of once more in each caller that inlines it.
  void connect_roots() {
    if (!calls_roots_directly()) return;
    for (auto [_, caller] : roots_)
      for (Instruction& instruction : instructions(*caller))
        if (auto* call = dyn_cast<CallBase>(&instruction))
          if (Function* root = roots_.lookup(call->getCalledFunction())) call->setCalledOperand(root);
  }

  void import_callees() {
    uint32_t instructions = 0;
    // Functions that joined may be inlined too, and below the last tier so may the other roots.
    DenseSet<Function*> seen;
    if (calls_roots_directly() || request_.functions.size() == 1) seen = asked_for_;
    while (!candidates_.empty()) {
      auto [callee, depth] = candidates_.front();
      candidates_.pop_front();
      if (!seen.insert(callee).second) continue;
      // A weak definition is the one that runs: definitions are decided once, from the module's own symbol table.
      bool always_inline = callee->hasFnAttribute(Attribute::AlwaysInline);
      if (pipeline_ == Tier::O1 && !always_inline) continue;
      Expected<Function*> canonical = copy_.canonical(callee->getName());
      if (!canonical) {
        consumeError(canonical.takeError());
        continue;
      }
      if (has_one_pipeline(**canonical) && !has_one_pipeline_) continue;
      FunctionTraits traits = function_traits(**canonical);
      ImportCandidate candidate{traits.instructions, depth, always_inline, callee->hasFnAttribute(Attribute::NoInline)};
      if (!traits.label_tables.empty() || !traits.pinned.empty()) continue;
      if (!should_import(candidate, pipeline_, instructions)) continue;
      import(**canonical);
      instructions += traits.instructions;
      ++imported_;
      for (Function* next : traits.callees)
        candidates_.push_back({next, depth + 1});
    }
  }

  std::unique_ptr<Module> take_module() {
    complete_debug_info(*module_, copy_.module());
    return std::move(module_);
  }
  uint32_t imported() const { return imported_; }

private:
  /// Functions with one pipeline are compiled alike in every unit, so what they inline may not depend on the others.
  bool calls_roots_directly() const { return request_.last_tier && !has_one_pipeline_; }

  static bool begins_with_one_pipeline(ModuleCopy& copy, const UnitRequest& request) {
    Expected<Function*> first = copy.canonical(request.functions.front().symbol);
    if (first) return *first && has_one_pipeline(**first);
    consumeError(first.takeError()); // add() reports it
    return false;
  }

  OsrPoints points_of(Function& canonical, UnitBody& body) {
    OsrPoints points = find_osr_points(canonical, body.traits);
    ArrayRef<uint32_t> lines = copy_.loop_lines(canonical);
    for (auto [loop, line] : zip(points.loops, lines))
      loop.line = line;
    body.loops = points.loops;
    return points;
  }

  Error add_whole(Function& canonical, const UnitFunction& wanted, const OsrPoints& points, const UnitBody& body) {
    Function* stub = stub_of(canonical);
    Function* clone = Function::Create(canonical.getFunctionType(), GlobalValue::ExternalLinkage,
                                       canonical.getAddressSpace(), body.symbol, module_.get());
    ValueToValueMapTy map;
    map_arguments(*clone, canonical, map);
    clone_into(*clone, canonical, map, body.traits);
    if (!body.label_table.empty()) define_label_table(*module_, canonical, map, body.label_table);
    keep_from_calling_itself(*clone, canonical.getName());
    separate_from_stub(*clone, *stub, calls_roots_directly() && body.traits.pinned.empty());
    if (body.traits.pinned.empty()) roots_.insert({stub, clone});
    if (wanted.polled) insert_checks(*clone, clone->getEntryBlock(), canonical, wanted, points, map);
    if (wanted.counted && body.traits.pinned.empty()) insert_entry_counter(*clone, *stub, symbol_of(wanted));
    return Error::success();
  }

  /// The body that calls of `callee` run; null if it is not in this module or damaged.
  Function* known_body(Function& callee) {
    Expected<Function*> canonical = copy_.canonical(callee.getName());
    if (canonical) return *canonical;
    consumeError(canonical.takeError());
    return nullptr;
  }

  Error add_continuation(Function& canonical, const UnitFunction& wanted, const OsrPoints& points,
                         const UnitBody& body) {
    uint32_t loop = *wanted.loop;
    if (loop >= points.loops.size()) return make_typed<Refused>("no loop {} in {}", loop, wanted.symbol);
    if (!points.loops[loop].excluded.empty())
      return make_typed<Unsupported>("loop {} of {} has no OSR point: {}", loop, wanted.symbol,
                                     points.loops[loop].excluded);
    Function* stub = stub_of(canonical);
    auto body_of = [this](Function& callee) { return known_body(callee); };
    ContinuationBuilder builder(canonical, points, points.points[loop], *module_, body.symbol, body_of);
    ValueToValueMapTy map;
    builder.map_arguments(map);
    clone_into(builder.function(), canonical, map, body.traits);
    keep_from_calling_itself(builder.function(), canonical.getName());
    // The unit may lack a body of the function, so calls to itself go through its stub.
    separate_from_stub(builder.function(), *stub, /*keeps_own_calls=*/false);
    if (wanted.polled) insert_checks(builder.function(), builder.entry(), canonical, wanted, points, map);
    if (Error error = builder.finish(map)) {
      builder.function().eraseFromParent();
      return error;
    }
    return Error::success();
  }

  void insert_checks(Function& clone, BasicBlock& entry, Function& canonical, const UnitFunction& wanted,
                     const OsrPoints& points, const ValueToValueMapTy& map) {
    // Debug information follows values, not slots: a debugger would find most variables optimised away.
    bool in_slots = !wanted.loop && request_.tier == Tier::O0 && !clone.getSubprogram();
    OsrCheckRequest request{symbol_of(wanted), request_.tier, in_slots, {}};
    if (!wanted.checks_all)
      request.unchecked =
          unchecked_loops(canonical, points, request_.tier, [this](Function& callee) { return known_body(callee); });
    insert_osr_checks(clone, entry, points, map, request);
  }

  Function* stub_of(Function& canonical) {
    Function* stub = mapper_.declare(canonical);
    stub->setDSOLocal(true);
    return stub;
  }

  void map_arguments(Function& clone, Function& canonical, ValueToValueMapTy& map) {
    for (auto [from, to] : zip(canonical.args(), clone.args())) {
      to.setName(from.getName());
      map[&from] = &to;
    }
  }

  /// Clones the body of `canonical`, whose arguments `map` knows, to the end of `clone`.
  void clone_into(Function& clone, Function& canonical, ValueToValueMapTy& map, const FunctionTraits& traits) {
    // Label addresses follow the function that they are mapped to; separate_from_stub undoes the other uses.
    if (!traits.label_tables.empty() || !traits.pinned.empty()) map[&canonical] = &clone;
    for (GlobalVariable* table : traits.label_tables)
      if (traits.pinned.empty()) map[table] = mapper_.private_copy(*table);
    share_debug_info(canonical, map);
    SmallVector<ReturnInst*, 8> returns;
    // ClonedModule, as otherwise each clone would look for compile units in all debug information.
    CloneFunctionInto(&clone, &canonical, map, CloneFunctionChangeType::ClonedModule, returns, "", nullptr, nullptr,
                      &mapper_);
    for (GlobalVariable* table : traits.label_tables)
      mapper_.copy_initializer(*table, map);
    clone.setComdat(nullptr);
    clone.setSection("");
    clone.setDSOLocal(true);
    // The linker looks each body up by name, so no pass may merge two bodies or drop one.
    clone.setUnnamedAddr(GlobalValue::UnnamedAddr::None);
  }

  void separate_from_stub(Function& clone, Function& stub, bool keeps_own_calls) {
    if (keeps_own_calls)
      for (Instruction& instruction : instructions(clone))
        if (auto* call = dyn_cast<CallBase>(&instruction); call && call->getCalledOperand() == &stub)
          call->setCalledOperand(&clone);
    clone.replaceUsesWithIf(&stub, [&](Use& use) {
      if (isa<BlockAddress>(use.getUser())) return false;
      auto* call = dyn_cast<CallBase>(use.getUser());
      return !(keeps_own_calls && call && call->isCallee(&use));
    });
  }

  void import(Function& canonical) {
    Function* target = mapper_.declare(canonical);
    ValueToValueMapTy map;
    map_arguments(*target, canonical, map);
    clone_into(*target, canonical, map, {});
    target->setLinkage(GlobalValue::AvailableExternallyLinkage);
  }

  ModuleCopy& copy_;
  const UnitRequest& request_;
  const bool has_one_pipeline_; ///< the unit's functions all do (fast_math.h), or none does
  const Tier pipeline_;
  std::unique_ptr<Module> module_;
  GlobalsMapper mapper_;
  DenseSet<Function*> asked_for_;
  MapVector<Function*, Function*> roots_; ///< whole bodies by their stubs
  std::deque<std::pair<Function*, uint32_t>> candidates_;
  uint32_t imported_ = 0;
};

} // namespace

std::string body_symbol(StringRef function, Tier tier, std::optional<uint32_t> loop) {
  std::string symbol = fmt::format("{}${}", std::string_view(function), tier_name(tier));
  return loop ? fmt::format("{}$loop{}", symbol, *loop) : symbol;
}

Unit build_unit(ModuleCopy& copy, const UnitRequest& request) {
  UnitBuilder builder(copy, request);
  Unit unit;
  unit.pipeline = builder.pipeline();
  for (const UnitFunction& function : request.functions)
    unit.bodies.push_back(builder.add(function));
  for (size_t i = 0; request.join && i != unit.bodies.size() && unit.bodies.size() < most_bodies; ++i)
    for (Function* callee : SmallVector<Function*>(unit.bodies[i].traits.certain_callees)) {
      if (!builder.may_join(*callee)) continue;
      if (std::optional<UnitFunction> joining = request.join(callee->getName()))
        unit.bodies.push_back(builder.add(*joining, true));
    }
  builder.connect_roots();
  builder.import_callees();
  unit.module = builder.take_module();
  unit.imported = builder.imported();
  return unit;
}

} // namespace ajit
