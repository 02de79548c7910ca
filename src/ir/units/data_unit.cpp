#include "data_unit.h"
#include "debug_info.h"
#include "foreign_labels.h"
#include "function_traits.h"
#include "globals_mapper.h"
#include "module_copy.h"
#include "runtime_symbols.h"
#include "section_bounds.h"
#include "stack_maps.h"

#include <algorithm>
#include <fmt/format.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

using namespace llvm;

namespace ajit {
namespace {

bool belongs_to_data(const GlobalVariable& variable) {
  return !variable.isDeclarationForLinker() && !variable.getName().starts_with("llvm.") &&
         !variable.hasPrivateLinkage();
}

class DataUnitBuilder {
public:
  DataUnitBuilder(ModuleCopy& copy, unsigned ordinal)
      : copy_(copy), ordinal_(ordinal), module_(new_unit_module(copy.module(), "data")), mapper_(*module_, false) {
    module_->setModuleInlineAsm(copy.module().getModuleInlineAsm());
  }

  Error add_variables() {
    SetVector<Function*> owners;
    for (GlobalVariable& variable : copy_.module().globals()) {
      if (!belongs_to_data(variable)) continue;
      SetVector<const BlockAddress*> labels;
      collect_labels(*variable.getInitializer(), labels);
      (labels.empty() ? variables_ : tables_).push_back(&variable);
      for (const BlockAddress* label : labels)
        owners.insert(label->getFunction());
    }
    if (reads_stack_maps(copy_.module())) {
      for (Function* owner : functions_with_stack_maps(copy_.module()))
        owners.insert(owner);
      module_->appendModuleInlineAsm((".globl " + stack_maps_symbol).str());
    }
    for (Function* owner : owners)
      if (Error error = add_label_owner(*owner)) return error;
    // A table that every body copies for itself stays out of the unit. A table that others can see is part of it.
    for (GlobalVariable* table : tables_)
      if (!copied_by_bodies_.contains(table)) variables_.push_back(table);
    // Module order is also the order of tables that the program builds with section attributes.
    for (GlobalVariable* variable : variables_)
      mapper_.declare(*variable);
    for (GlobalVariable* variable : variables_)
      define(*variable);
    for (const AliasEntry& alias : copy_.index().thread_local_aliases)
      define_thread_local_alias(alias);
    for (const std::string& bound : copy_.index().section_bounds)
      define_bound(bound);
    for (const FunctionEntry& function : copy_.index().functions)
      if (function.prefix + function.prologue != 0) define_data_around(function);
    return Error::success();
  }

  DataUnit take() {
    bool empty = variables_.empty() && module_->getModuleInlineAsm().empty() && pinned_.empty() && around_ == 0;
    if (empty) return {};
    std::string marker = AJIT_INTERNAL_PREFIX "data$" + std::to_string(ordinal_);
    Type* byte = Type::getInt8Ty(module_->getContext());
    new GlobalVariable(*module_, byte, /*isConstant=*/true, GlobalValue::ExternalLinkage, ConstantInt::get(byte, 0),
                       marker);
    complete_data_debug_info(*module_, copy_.module());
    return {std::move(module_), marker, std::move(pinned_)};
  }

private:
  Error add_label_owner(Function& owner) {
    Expected<Function*> canonical = copy_.canonical(owner.getName());
    if (!canonical) return canonical.takeError();
    FunctionTraits traits = function_traits(**canonical);
    if (traits.pinned.empty()) {
      copied_by_bodies_.insert(traits.label_tables.begin(), traits.label_tables.end());
      return Error::success();
    }
    Function* stub = mapper_.declare(**canonical);
    Function* body = Function::Create(owner.getFunctionType(), GlobalValue::ExternalLinkage, owner.getAddressSpace(),
                                      AJIT_INTERNAL_PREFIX "pinned$" + owner.getName(), module_.get());
    map_[&owner] = body;
    for (auto [from, to] : zip(owner.args(), body->args()))
      map_[&from] = &to;
    share_debug_info(**canonical, map_);
    SmallVector<ReturnInst*, 8> returns;
    CloneFunctionInto(body, *canonical, map_, CloneFunctionChangeType::ClonedModule, returns, "", nullptr, nullptr,
                      &mapper_);
    body->setComdat(nullptr);
    body->setSection("");
    body->setDSOLocal(true);
    stubs_.push_back({body, stub});
    std::string table;
    if (labels_are_held_elsewhere(**canonical)) {
      table = (body->getName() + "$labels").str();
      define_label_table(*module_, **canonical, map_, table);
    }
    pinned_.push_back({owner.getName().str(), body->getName().str(), table, traits.pinned});
    return Error::success();
  }

  void define(GlobalVariable& variable) {
    GlobalVariable* target = mapper_.declare(variable);
    target->setLinkage(GlobalValue::ExternalLinkage);
    target->setInitializer(MapValue(variable.getInitializer(), map_, RF_None, nullptr, &mapper_));
    target->setSection(variable.getSection());
    copy_debug_info(variable, *target);
    for (auto [body, stub] : stubs_)
      body->replaceUsesWithIf(stub, [](Use& use) { return !isa<BlockAddress>(use.getUser()); });
  }

  void define_thread_local_alias(const AliasEntry& alias) {
    GlobalVariable& target = *module_->getNamedGlobal(alias.target);
    auto* byte = Type::getInt8Ty(module_->getContext());
    auto* offset = ConstantInt::get(Type::getInt64Ty(module_->getContext()), alias.offset);
    Constant* place = ConstantExpr::getGetElementPtr(byte, &target, offset);
    auto* made = GlobalAlias::create(byte, target.getAddressSpace(), GlobalValue::ExternalLinkage, alias.name, place,
                                     module_.get());
    made->setThreadLocalMode(target.getThreadLocalMode());
    if (alias.offset == 0) return;
    // LLVM would give the name the size of the whole variable, and the linker refuses symbols beyond their sections.
    const uint64_t whole = module_->getDataLayout().getTypeAllocSize(target.getValueType());
    module_->appendModuleInlineAsm(fmt::format(".size {}, {}", alias.name, whole - std::min(whole, alias.offset)));
  }

  void define_data_around(const FunctionEntry& entry) {
    const Function& function = *copy_.module().getFunction(entry.symbol);
    SmallVector<Constant*, 2> parts;
    if (entry.prefix) parts.push_back(MapValue(function.getPrefixData(), map_, RF_None, nullptr, &mapper_));
    if (entry.prologue) parts.push_back(MapValue(function.getPrologueData(), map_, RF_None, nullptr, &mapper_));
    Constant* both = ConstantStruct::getAnon(parts, /*Packed=*/true);
    new GlobalVariable(*module_, both->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, both,
                       name_of_data_around(entry.symbol));
    ++around_;
  }

  /// Defines the start or the end of a section: a variable of no bytes, before or after everything else in the section.
  /// The section takes its flags from its first variable, so the bound is writable, which suits all others.
  void define_bound(StringRef name) {
    auto* nothing = ArrayType::get(Type::getInt8Ty(module_->getContext()), 0);
    auto* bound = new GlobalVariable(*module_, nothing, /*isConstant=*/false, GlobalValue::ExternalLinkage,
                                     ConstantAggregateZero::get(nothing));
    bound->setAlignment(Align(1));
    bound->setSection(section_of_bound(name));
    bound->setDSOLocal(true);
    if (GlobalVariable* declared = module_->getNamedGlobal(name)) {
      declared->replaceAllUsesWith(bound);
      declared->eraseFromParent();
    }
    bound->setName(name);
    if (!name.starts_with(section_start_prefix)) return;
    module_->removeGlobalVariable(bound);
    module_->insertGlobalVariable(module_->global_begin(), bound);
  }

  ModuleCopy& copy_;
  const unsigned ordinal_;
  std::unique_ptr<Module> module_;
  GlobalsMapper mapper_;
  ValueToValueMapTy map_;
  std::vector<GlobalVariable*> variables_, tables_;
  SmallPtrSet<GlobalVariable*, 8> copied_by_bodies_;
  std::vector<std::pair<Function*, Function*>> stubs_;
  std::vector<PinnedBody> pinned_;
  unsigned around_ = 0; ///< functions with data around them
};

} // namespace

Expected<DataUnit> build_data_unit(ModuleCopy& copy, unsigned ordinal) {
  DataUnitBuilder builder(copy, ordinal);
  if (Error error = builder.add_variables()) return error;
  return builder.take();
}

} // namespace ajit
