#include "foreign_labels.h"
#include "constant_uses.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DebugProgramInstruction.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr StringLiteral labels_prefix = AJIT_INTERNAL_PREFIX "labels$";
constexpr StringLiteral held_elsewhere = "ajit-labels-held-elsewhere";

/// Whether an instruction of a function other than `owner` uses `constant`.
bool is_used_outside(const Constant& constant, const Function& owner) {
  return any_of(constant.users(), [&](const User* user) {
    if (auto* instruction = dyn_cast<Instruction>(user)) return instruction->getFunction() != &owner;
    return !isa<GlobalValue>(user) && is_used_outside(*cast<Constant>(user), owner);
  });
}

bool is_held_elsewhere(const Function& function) {
  return any_of(function, [&](const BasicBlock& block) {
    const BlockAddress* label = block.hasAddressTaken() ? BlockAddress::lookup(&block) : nullptr;
    return label && is_used_outside(*label, function);
  });
}

SetVector<const BlockAddress*> foreign_labels(const Function& function) {
  SetVector<const BlockAddress*> labels;
  for (const Instruction& instruction : instructions(function))
    for (const Use& operand : instruction.operands())
      if (isa<BlockAddress, ConstantExpr, ConstantAggregate>(operand)) collect_labels(*cast<Constant>(operand), labels);
  labels.remove_if([&](const BlockAddress* label) { return label->getFunction() == &function; });
  return labels;
}

/// The place of `label` among the labels of its function. Nothing removes or moves blocks whose address is taken.
uint32_t index_of(const BlockAddress& label) {
  uint32_t index = 0;
  for (const BasicBlock& block : *label.getFunction()) {
    if (&block == label.getBasicBlock()) break;
    index += block.hasAddressTaken();
  }
  return index;
}

FunctionCallee address_function(Module& module) {
  auto* pointer = PointerType::getUnqual(module.getContext());
  FunctionCallee callee =
      module.getOrInsertFunction(label_address_function, pointer, pointer, Type::getInt32Ty(module.getContext()));
  // The answer is always the same, so the optimiser may make one call for several uses, or hoist it out of a loop.
  auto* function = cast<Function>(callee.getCallee());
  function->setDoesNotThrow();
  function->setDoesNotAccessMemory();
  function->setWillReturn();
  return callee;
}

Value* address_of(const BlockAddress& label, Instruction* before) {
  Module& module = *before->getModule();
  IRBuilder<> builder(before);
  auto* owner = cast<GlobalVariable>(
      module.getOrInsertGlobal(labels_symbol(label.getFunction()->getName()), builder.getInt8Ty()));
  owner->setDSOLocal(true);
  return builder.CreateCall(address_function(module), {owner, builder.getInt32(index_of(label))});
}

/// Drops the locations of variables that hold one of `labels`, so a debugger shows no value for them.
void forget_in_debug_records(Function& function, const SetVector<const BlockAddress*>& labels) {
  auto holds_one = [&](Value* value) {
    SetVector<const BlockAddress*> held;
    if (auto* constant = dyn_cast<Constant>(value)) collect_labels(*constant, held);
    return any_of(held, [&](const BlockAddress* label) { return labels.contains(label); });
  };
  for (Instruction& instruction : instructions(function))
    for (DbgVariableRecord& record : filterDbgVars(instruction.getDbgRecordRange()))
      if (any_of(record.location_ops(), holds_one)) record.setKillLocation();
}

} // namespace

std::string labels_symbol(StringRef function) {
  return (labels_prefix + GlobalValue::dropLLVMManglingEscape(function)).str();
}

std::optional<StringRef> owner_of_labels(StringRef symbol) {
  if (!symbol.consume_front(labels_prefix)) return std::nullopt;
  return symbol;
}

void collect_labels(const Constant& constant, SetVector<const BlockAddress*>& labels) {
  SmallVector<const Constant*> pending{&constant};
  SmallPtrSet<const Constant*, 16> seen;
  while (!pending.empty()) {
    const Constant* next = pending.pop_back_val();
    if (isa<GlobalValue>(next) || !seen.insert(next).second) continue;
    if (auto* label = dyn_cast<BlockAddress>(next)) {
      labels.insert(label);
      continue;
    }
    for (const Use& part : next->operands())
      pending.push_back(cast<Constant>(part.get()));
  }
}

bool shares_labels(const Function& function) {
  return is_held_elsewhere(function) || !foreign_labels(function).empty();
}

void call_for_foreign_labels(Function& function) {
  if (is_held_elsewhere(function)) function.addFnAttr(held_elsewhere);
  const SetVector<const BlockAddress*> labels = foreign_labels(function);
  if (labels.empty()) return;
  SmallVector<Constant*> constants;
  for (const BlockAddress* label : labels) {
    label->getFunction()->addFnAttr(held_elsewhere);
    constants.push_back(const_cast<BlockAddress*>(label));
  }
  replace_constants(function, constants,
                    [](Constant& label, Instruction* before) { return address_of(cast<BlockAddress>(label), before); });
  forget_in_debug_records(function, labels);
}

bool labels_are_held_elsewhere(const Function& canonical) { return canonical.hasFnAttribute(held_elsewhere); }

void define_label_table(Module& unit, const Function& canonical, const ValueToValueMapTy& map, StringRef name) {
  SmallVector<Constant*> addresses;
  for (const BasicBlock& block : canonical)
    if (block.hasAddressTaken()) addresses.push_back(BlockAddress::get(cast<BasicBlock>(map.lookup(&block))));
  auto* type = ArrayType::get(PointerType::getUnqual(unit.getContext()), addresses.size());
  new GlobalVariable(unit, type, /*isConstant=*/true, GlobalValue::ExternalLinkage, ConstantArray::get(type, addresses),
                     name);
}

} // namespace ajit
