#include "tls_access.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/ReplaceConstant.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_foreign_thread_local(const Value* value) {
  auto* variable = dyn_cast<GlobalVariable>(value);
  return variable && variable->isThreadLocal() && variable->isDeclaration();
}

GlobalVariable* name_string(GlobalVariable& variable) {
  Module& module = *variable.getParent();
  std::string name = ("ajit.tls." + variable.getName()).str();
  if (GlobalVariable* known = module.getNamedGlobal(name)) return known;
  Constant* text = ConstantDataArray::getString(module.getContext(), variable.getName());
  // Each unit holds its own copy (unit.cpp): the data unit was built before anybody knew of this string.
  return new GlobalVariable(module, text->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, text, name);
}

} // namespace

SmallVector<Constant*> foreign_thread_locals(Module& module) {
  SmallVector<Constant*> variables;
  for (GlobalVariable& variable : module.globals())
    if (is_foreign_thread_local(&variable)) variables.push_back(&variable);
  return variables;
}

void call_for_foreign_thread_locals(Function& function, ArrayRef<Constant*> variables) {
  if (variables.empty()) return;
  SmallVector<std::pair<Use*, GlobalVariable*>> accesses;
  convertUsersOfConstantsToInstructions(variables, &function, /*RemoveDeadConstants=*/false);

  for (Instruction& instruction : instructions(function))
    for (Use& operand : instruction.operands())
      if (is_foreign_thread_local(operand.get())) accesses.push_back({&operand, cast<GlobalVariable>(operand.get())});
  if (accesses.empty()) return;
  auto* pointer = PointerType::getUnqual(function.getContext());
  FunctionCallee lookup = function.getParent()->getOrInsertFunction(thread_local_address_function, pointer, pointer);
  for (auto [operand, variable] : accesses) {
    auto* user = cast<Instruction>(operand->getUser());
    auto* phi = dyn_cast<PHINode>(user);
    IRBuilder<> builder(phi ? phi->getIncomingBlock(*operand)->getTerminator() : user);
    Value* address = builder.CreateCall(lookup, {name_string(*variable)});
    auto* intrinsic = dyn_cast<IntrinsicInst>(user);
    if (intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address) {
      intrinsic->replaceAllUsesWith(address);
      intrinsic->eraseFromParent();
    } else {
      operand->set(address);
    }
  }
}

} // namespace ajit
