#include "known_objects.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/AliasAnalysis.h>
#include <llvm/Analysis/CFG.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

using namespace llvm;

namespace ajit {
namespace {

/// True if `pointer`, which may be derived from `origin`, can have no other origin. With `may_be_unset`, it may also be
/// null or undefined.
bool comes_from(const Value& pointer, const Value& origin, bool may_be_unset) {
  SmallVector<const Value*> pending{&pointer};
  SmallPtrSet<const Value*, 8> seen;
  while (!pending.empty()) {
    const Value* value = pending.pop_back_val();
    if (value == &origin || !seen.insert(value).second) continue;
    if (may_be_unset && isa<ConstantPointerNull, UndefValue>(value)) continue;
    if (auto* element = dyn_cast<GetElementPtrInst>(value))
      pending.push_back(element->getPointerOperand());
    else if (auto* phi = dyn_cast<PHINode>(value))
      append_range(pending, phi->incoming_values());
    else if (auto* select = dyn_cast<SelectInst>(value))
      pending.append({select->getTrueValue(), select->getFalseValue()});
    else
      return false;
  }
  return true;
}

/// True if each execution of its function makes at most one object at `origin`.
bool is_defined_once(const Value& origin) {
  auto* instruction = dyn_cast<Instruction>(&origin);
  if (!instruction) return true;
  auto* block = const_cast<BasicBlock*>(instruction->getParent());
  SmallVector<BasicBlock*> next(successors(block));
  return next.empty() || !isPotentiallyReachableFromMany(next, block, nullptr);
}

/// True if `pointers`, the live values that may be derived from `origin`, are the only way to its object. Moves the one
/// that the others are remade from to the front.
bool are_only_way(PointersToObject& pointers, const Value& origin) {
  auto from_origin = [&](bool may_be_unset) {
    return
        [&origin, may_be_unset](const OsrValue* pointer) { return comes_from(*pointer->value, origin, may_be_unset); };
  };
  if (!all_of(pointers, from_origin(true))) return false;
  if (pointers.size() == 1) return true;
  // The first must be set if any is, and must point into the same object as the others.
  auto* first = find_if(pointers, [&](const OsrValue* pointer) { return pointer->value == &origin; });
  if (first == pointers.end()) first = find_if(pointers, from_origin(false));
  if (first == pointers.end() || !is_defined_once(origin)) return false;
  std::swap(*first, pointers.front());
  return true;
}

} // namespace

SmallVector<PointersToObject> known_objects(Function& canonical, const OsrPoint& point, PointerFlow::BodyOf body_of) {
  SmallVector<PointersToObject> objects;
  if (none_of(point.values, [](const OsrValue& value) { return value.value->getType()->isPointerTy(); }))
    return objects;
  PointerFlow flow(body_of);
  auto add = [&](const Value& origin) {
    std::optional<PointerFlow::Pointers> derived = flow.derived_from(origin);
    if (!derived) return;
    PointersToObject live;
    for (const OsrValue& value : point.values)
      if (derived->contains(value.value)) live.push_back(&value);
    if (!live.empty() && are_only_way(live, origin)) objects.push_back(std::move(live));
  };
  for (const Argument& argument : canonical.args())
    if (argument.hasNoAliasAttr() || argument.hasByValAttr()) add(argument);
  for (const Instruction& instruction : instructions(canonical))
    if (instruction.getType()->isPointerTy() && isNoAliasCall(&instruction)) add(instruction);
  return objects;
}

} // namespace ajit
