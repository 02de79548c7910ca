#include "globals_mapper.h"
#include "foreign_labels.h"
#include "library_names.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// Whether `flag` describes how the program was to be linked, or would turn on instrumentation. All others are copied.
bool concerns_the_link(StringRef flag) {
  return flag == "Code Model" || flag == "Large Data Threshold" || flag == "PIC Level" || flag == "PIE Level" ||
         flag == "RtLibUseGOT" || flag == "direct-access-external-data" || flag == "Debug Info Version" ||
         flag == "Dwarf Version" || flag == "ThinLTO" || flag == "EnableSplitLTOUnit" || flag == "UnifiedLTO" ||
         flag == "CG Profile" || flag == "ProfileSummary" || flag.starts_with("cf-protection") || flag == "kcfi";
}

/// Larger constants are not worth copying: the loads that fold read single elements of a table.
constexpr uint64_t largest_imported_constant = 4096;

bool worth_importing(const GlobalVariable& variable) {
  if (!variable.isConstant() || !variable.hasDefinitiveInitializer() || variable.isThreadLocal()) return false;
  const DataLayout& layout = variable.getParent()->getDataLayout();
  if (layout.getTypeAllocSize(variable.getValueType()) > largest_imported_constant) return false;
  // A load of a label would fold to a place in a body outside the unit.
  SetVector<const BlockAddress*> labels;
  collect_labels(*variable.getInitializer(), labels);
  return labels.empty();
}

} // namespace

std::unique_ptr<Module> new_unit_module(const Module& like, StringRef name) {
  auto unit = std::make_unique<Module>(name, like.getContext());
  unit->setDataLayout(like.getDataLayout());
  unit->setTargetTriple(like.getTargetTriple());
  SmallVector<Module::ModuleFlagEntry, 8> flags;
  like.getModuleFlagsMetadata(flags);
  for (const Module::ModuleFlagEntry& flag : flags)
    if (!concerns_the_link(flag.Key->getString())) unit->addModuleFlag(flag.Behavior, flag.Key->getString(), flag.Val);
  return unit;
}

Value* GlobalsMapper::materialize(Value* value) {
  auto* global = dyn_cast<GlobalValue>(value);
  if (!global || global->getParent() == &unit_) return nullptr;
  if (auto* function = dyn_cast<Function>(global)) return declare(*function);
  if (auto* variable = dyn_cast<GlobalVariable>(global))
    return variable->hasPrivateLinkage() ? private_copy(*variable) : declare(*variable);
  return nullptr;
}

Function* GlobalsMapper::declare(Function& function) {
  if (Function* known = unit_.getFunction(function.getName())) return known;
  GlobalValue::LinkageTypes linkage =
      function.hasExternalWeakLinkage() ? GlobalValue::ExternalWeakLinkage : GlobalValue::ExternalLinkage;
  Function* declaration =
      Function::Create(function.getFunctionType(), linkage, function.getAddressSpace(), function.getName(), &unit_);
  declaration->copyAttributesFrom(&function);
  declaration->setPersonalityFn(nullptr);
  declaration->setPrefixData(nullptr);
  declaration->setPrologueData(nullptr);
  declaration->setSection("");
  declaration->setDSOLocal(function.isDSOLocal());
  if (!function.isDeclaration()) withhold_library_promises(*declaration);
  return declaration;
}

GlobalVariable* GlobalsMapper::declare(GlobalVariable& variable) {
  if (GlobalVariable* known = unit_.getNamedGlobal(variable.getName())) return known;
  GlobalValue::LinkageTypes linkage =
      variable.hasExternalWeakLinkage() ? GlobalValue::ExternalWeakLinkage : GlobalValue::ExternalLinkage;
  auto* declaration =
      new GlobalVariable(unit_, variable.getValueType(), variable.isConstant(), linkage, nullptr, variable.getName(),
                         nullptr, variable.getThreadLocalMode(), variable.getAddressSpace());
  declaration->copyAttributesFrom(&variable);
  declaration->setSection("");
  declaration->setDSOLocal(variable.isDSOLocal());
  if (import_constants_ && worth_importing(variable)) {
    ValueToValueMapTy map;
    declaration->setInitializer(MapValue(variable.getInitializer(), map, RF_None, nullptr, this));
    declaration->setLinkage(GlobalValue::AvailableExternallyLinkage);
  }
  return declaration;
}

GlobalVariable* GlobalsMapper::private_copy(GlobalVariable& variable) {
  auto* copy = new GlobalVariable(unit_, variable.getValueType(), variable.isConstant(), GlobalValue::PrivateLinkage,
                                  nullptr, variable.getName());
  copy->setAlignment(variable.getAlign());
  if (variable.hasPrivateLinkage()) {
    ValueToValueMapTy map;
    copy->setInitializer(MapValue(variable.getInitializer(), map, RF_None, nullptr, this));
  }
  return copy;
}

void GlobalsMapper::copy_initializer(GlobalVariable& variable, ValueToValueMapTy& map) {
  auto* copy = cast<GlobalVariable>(MapValue(&variable, map, RF_None, nullptr, this));
  copy->setInitializer(MapValue(variable.getInitializer(), map, RF_None, nullptr, this));
}

} // namespace ajit
