#include "unit.h"
#include "entry_counter.h"
#include "error.h"
#include "globals_mapper.h"
#include "import_policy.h"
#include "module_copy.h"

#include <deque>
#include <llvm/ADT/DenseSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

using namespace llvm;

namespace ajit {
namespace {

/// A unit grows no further than this by functions that join: the first of them waits for the last.
constexpr size_t most_bodies = 8;

/// `wanted`, or something like it that `module` does not use and that no assembler reads as a symbol's version.
std::string free_name(const Module& module, std::string wanted) {
  std::replace(wanted.begin(), wanted.end(), '@', '.');
  std::string name = wanted;
  for (unsigned next = 1; module.getNamedValue(name); ++next)
    name = (wanted + "$" + Twine(next)).str();
  return name;
}

/// Clones bodies from a module copy into a unit's module.
class UnitBuilder {
public:
  UnitBuilder(ModuleCopy& copy, const UnitRequest& request)
      : copy_(copy), request_(request), module_(new_unit_module(copy.module(), "unit")),
        mapper_(*module_, request.tier >= Tier::O1) {}

  UnitBody add(const UnitFunction& wanted) {
    UnitBody body;
    body.id = wanted.id;
    body.symbol = free_name(copy_.module(), body_symbol(wanted.symbol, request_.tier));
    Expected<Function*> canonical = copy_.canonical(wanted.symbol);
    if (!canonical || !*canonical) {
      body.error = canonical ? "no such body in the module" : one_line(canonical.takeError());
      return body;
    }
    body.traits = function_traits(**canonical);
    if (request_.join) find_certain_callees(**canonical, body.traits);
    Function* stub = mapper_.declare(**canonical);
    stub->setDSOLocal(true);
    Function* clone = clone_body(**canonical, body.symbol, GlobalValue::ExternalLinkage, body.traits);
    separate_from_stub(*clone, *stub, body.traits);
    if (wanted.counted && body.traits.pinned.empty()) insert_entry_counter(*clone, *stub, wanted.id);
    roots_.insert(*canonical);
    if (request_.tier >= Tier::O1)
      for (Function* callee : body.traits.callees)
        candidates_.push_back({callee, 0});
    return body;
  }

  void import_callees() {
    uint32_t instructions = 0;
    DenseSet<Function*> seen(roots_);
    while (!candidates_.empty()) {
      auto [callee, depth] = candidates_.front();
      candidates_.pop_front();
      if (!seen.insert(callee).second) continue;
      // A weak definition is the one that runs: definitions are decided once, from the module's own symbol table.
      bool always_inline = callee->hasFnAttribute(Attribute::AlwaysInline);
      if (request_.tier == Tier::O1 && !always_inline) continue;
      Expected<Function*> canonical = copy_.canonical(callee->getName());
      if (!canonical) {
        consumeError(canonical.takeError());
        continue;
      }
      FunctionTraits traits = function_traits(**canonical);
      ImportCandidate candidate{traits.instructions, depth, always_inline, callee->hasFnAttribute(Attribute::NoInline)};
      if (!traits.label_tables.empty() || !traits.pinned.empty()) continue;
      if (!should_import(candidate, request_.tier, instructions)) continue;
      import(**canonical);
      instructions += traits.instructions;
      ++imported_;
      for (Function* next : traits.callees)
        candidates_.push_back({next, depth + 1});
    }
  }

  std::unique_ptr<Module> take_module() { return std::move(module_); }
  uint32_t imported() const { return imported_; }

private:
  Function* clone_body(Function& canonical, StringRef name, GlobalValue::LinkageTypes linkage,
                       const FunctionTraits& traits) {
    Function* clone =
        Function::Create(canonical.getFunctionType(), linkage, canonical.getAddressSpace(), name, module_.get());
    ValueToValueMapTy map;
    clone_into(*clone, canonical, map, traits);
    return clone;
  }

  void clone_into(Function& clone, Function& canonical, ValueToValueMapTy& map, const FunctionTraits& traits) {
    // Label addresses follow the function that they are mapped to; separate_from_stub undoes the other uses.
    if (!traits.label_tables.empty() || !traits.pinned.empty()) map[&canonical] = &clone;
    for (GlobalVariable* table : traits.label_tables)
      if (traits.pinned.empty()) map[table] = mapper_.private_copy(*table);
    for (auto [from, to] : zip(canonical.args(), clone.args())) {
      to.setName(from.getName());
      map[&from] = &to;
    }
    SmallVector<ReturnInst*, 8> returns;
    CloneFunctionInto(&clone, &canonical, map, CloneFunctionChangeType::DifferentModule, returns, "", nullptr, nullptr,
                      &mapper_);
    for (GlobalVariable* table : traits.label_tables)
      mapper_.copy_initializer(*table, map);
    clone.setComdat(nullptr);
    clone.setSection("");
    clone.setDSOLocal(true);
    // Nothing may merge two bodies or drop one: each is asked for by name.
    clone.setUnnamedAddr(GlobalValue::UnnamedAddr::None);
  }

  void separate_from_stub(Function& clone, Function& stub, const FunctionTraits& traits) {
    bool keeps_own_calls = request_.last_tier && traits.pinned.empty();
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
    clone_into(*target, canonical, map, {});
    target->setLinkage(GlobalValue::AvailableExternallyLinkage);
  }

  ModuleCopy& copy_;
  const UnitRequest& request_;
  std::unique_ptr<Module> module_;
  GlobalsMapper mapper_;
  DenseSet<Function*> roots_;
  std::deque<std::pair<Function*, uint32_t>> candidates_;
  uint32_t imported_ = 0;
};

} // namespace

std::string body_symbol(StringRef function, Tier tier) {
  return (function + "$" + StringRef(tier_name(tier).data(), tier_name(tier).size())).str();
}

Unit build_unit(ModuleCopy& copy, const UnitRequest& request) {
  UnitBuilder builder(copy, request);
  Unit unit;
  for (const UnitFunction& function : request.functions)
    unit.bodies.push_back(builder.add(function));
  for (size_t i = 0; request.join && i != unit.bodies.size() && unit.bodies.size() < most_bodies; ++i)
    for (Function* callee : SmallVector<Function*>(unit.bodies[i].traits.certain_callees))
      if (std::optional<UnitFunction> joining = request.join(callee->getName()))
        unit.bodies.push_back(builder.add(*joining));
  builder.import_callees();
  unit.module = builder.take_module();
  unit.imported = builder.imported();
  return unit;
}

} // namespace ajit
