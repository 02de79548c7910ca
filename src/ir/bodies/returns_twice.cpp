#include "returns_twice.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

using namespace llvm;

namespace ajit {
namespace {

bool calls_what_returns_twice(const Function& function) {
  return any_of(instructions(function), [](const Instruction& instruction) {
    auto* call = dyn_cast<CallBase>(&instruction);
    return call && returns_twice(*call);
  });
}

/// Allocas, and byval arguments, which the caller has copied for this function.
SmallVector<Value*> variables(Function& function) {
  SmallVector<Value*> found;
  for (Argument& argument : function.args())
    if (argument.hasByValAttr()) found.push_back(&argument);
  for (Instruction& instruction : instructions(function))
    if (auto* variable = dyn_cast<AllocaInst>(&instruction); variable && !variable->isSwiftError())
      found.push_back(variable);
  return found;
}

void make_volatile(Instruction& access) {
  if (auto* load = dyn_cast<LoadInst>(&access)) load->setVolatile(true);
  if (auto* store = dyn_cast<StoreInst>(&access)) store->setVolatile(true);
  if (auto* update = dyn_cast<AtomicRMWInst>(&access)) update->setVolatile(true);
  if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&access)) exchange->setVolatile(true);
  if (auto* block = dyn_cast<MemIntrinsic>(&access)) block->setVolatile(ConstantInt::getTrue(access.getContext()));
}

} // namespace

bool returns_twice(const CallBase& call) {
  return call.hasFnAttr(Attribute::ReturnsTwice) || call.getIntrinsicID() == Intrinsic::eh_sjlj_setjmp;
}

void keep_variables_across_second_returns(Function& function) {
  if (!function.hasOptNone() || !calls_what_returns_twice(function)) return;
  SmallVector<Value*> pending = variables(function);
  SmallPtrSet<Value*, 16> seen;
  while (!pending.empty()) {
    Value* address = pending.pop_back_val();
    if (!seen.insert(address).second) continue;
    for (User* user : address->users()) {
      auto* instruction = dyn_cast<Instruction>(user);
      if (!instruction) continue;
      if (isa<GetElementPtrInst, PHINode, SelectInst, CastInst>(instruction))
        pending.push_back(instruction);
      else
        make_volatile(*instruction);
    }
  }
}

} // namespace ajit
