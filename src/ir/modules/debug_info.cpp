#include "debug_info.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// Calls `visit` with the debug information nodes that `instruction` refers to itself.
template <typename Visit> void for_each_node(const Instruction& instruction, Visit visit) {
  visit(instruction.getDebugLoc().getAsMDNode());
  for (const DbgRecord& record : instruction.getDbgRecordRange()) {
    visit(record.getDebugLoc().getAsMDNode());
    if (auto* variable = dyn_cast<DbgVariableRecord>(&record)) visit(variable->getRawVariable());
    if (auto* label = dyn_cast<DbgLabelRecord>(&record)) visit(label->getRawLabel());
  }
  if (auto* variable = dyn_cast<DbgVariableIntrinsic>(&instruction)) visit(variable->getRawVariable());
  if (auto* label = dyn_cast<DbgLabelInst>(&instruction)) visit(label->getRawLabel());
  if (const MDNode* loop = instruction.getMetadata(LLVMContext::MD_loop))
    for (const MDOperand& operand : loop->operands())
      if (isa_and_nonnull<DILocation>(operand.get())) visit(cast<MDNode>(operand.get()));
  // The type of what a call allocates.
  visit(instruction.getMetadata("heapallocsite"));
}

/// The named metadata that lists the compile units set aside with full lists.
constexpr const char* full_units = "ajit.dbg.cu";

using CompileUnits = SmallSetVector<DICompileUnit*, 4>;

/// The compile units of `function`, and of functions that the bitcode's producer had inlined into it.
void collect_units(const Function& function, CompileUnits& units) {
  if (!function.getSubprogram()) return;
  units.insert(function.getSubprogram()->getUnit());
  for (const Instruction& instruction : instructions(function))
    for (const DILocation* at = instruction.getDebugLoc(); at; at = at->getInlinedAt())
      if (const DISubprogram* owner = at->getScope()->getSubprogram()) units.insert(owner->getUnit());
}

/// Adds `nodes` to the compile units that `unit` lists, and copies the flags of `copy` that say how to write them.
template <typename Nodes> void list_units(Module& unit, const Nodes& nodes, const Module& copy) {
  NamedMDNode* list = unit.getOrInsertNamedMetadata("llvm.dbg.cu");
  for (MDNode* node : nodes)
    list->addOperand(node);
  SmallVector<Module::ModuleFlagEntry, 8> flags;
  copy.getModuleFlagsMetadata(flags);
  for (const Module::ModuleFlagEntry& flag : flags)
    if (StringRef name = flag.Key->getString();
        name == "Debug Info Version" || name == "Dwarf Version" || name == "DWARF64")
      if (!unit.getModuleFlag(name)) unit.addModuleFlag(flag.Behavior, name, flag.Val);
}

} // namespace

void split_compile_units(Module& module) {
  for (DICompileUnit* unit : module.debug_compile_units()) {
    auto* full = MDNode::replaceWithDistinct(unit->clone());
    // The functions that these lists name belong to the emptied compile units.
    full->replaceImportedEntities(nullptr);
    full->replaceMacros(nullptr);
    module.getOrInsertNamedMetadata(full_units)->addOperand(full);
    unit->replaceEnumTypes(nullptr);
    unit->replaceRetainedTypes(nullptr);
    unit->replaceGlobalVariables(nullptr);
    unit->replaceImportedEntities(nullptr);
    unit->replaceMacros(nullptr);
  }
}

void read_all_bodies(Module& module) {
  SmallVector<MDNode*> aside;
  if (NamedMDNode* full = module.getNamedMetadata(full_units)) {
    aside.assign(full->op_begin(), full->op_end());
    full->eraseFromParent();
  }
  if (Error error = module.materializeAll()) consumeError(std::move(error));
  for (MDNode* unit : aside)
    module.getOrInsertNamedMetadata(full_units)->addOperand(unit);
}

void share_debug_info(const Function& function, ValueToValueMapTy& map) {
  DISubprogram* subprogram = function.getSubprogram();
  if (!subprogram) return;
  auto& shared = map.MD();
  auto share = [&](const Metadata* node) {
    if (node) shared[node].reset(const_cast<Metadata*>(node));
  };
  share(subprogram);
  for (const Instruction& instruction : instructions(function))
    for_each_node(instruction, share);
}

void complete_debug_info(Module& unit, const Module& copy) {
  CompileUnits units;
  for (const Function& function : unit)
    collect_units(function, units);
  units.remove(nullptr);
  if (units.empty()) return;
  list_units(unit, units.getArrayRef(), copy);
}

void copy_debug_info(const GlobalVariable& variable, GlobalVariable& target) {
  if (!variable.getParent()->getNamedMetadata(full_units)) return;
  SmallVector<DIGlobalVariableExpression*, 1> known;
  variable.getDebugInfo(known);
  for (DIGlobalVariableExpression* expression : known)
    target.addDebugInfo(expression);
}

void complete_data_debug_info(Module& unit, const Module& copy) {
  NamedMDNode* full = copy.getNamedMetadata(full_units);
  if (!full) return;
  list_units(unit, full->operands(), copy);
  // Variables and pinned bodies name the emptied compile units as well. LLVM emits nothing for an empty one by itself.
  list_units(unit, copy.getNamedMetadata("llvm.dbg.cu")->operands(), copy);
}

} // namespace ajit
