#include "tls_access.h"
#include "constant_uses.h"
#include "runtime_symbols.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr StringLiteral accessor_prefix = AJIT_INTERNAL_PREFIX "tls_of$";
constexpr StringLiteral argument_prefix = AJIT_INTERNAL_PREFIX "tls$";

StringRef name_in_objects(const GlobalValue& value) { return GlobalValue::dropLLVMManglingEscape(value.getName()); }

FunctionCallee accessor_of(const GlobalVariable& variable) {
  auto* pointer = PointerType::getUnqual(variable.getContext());
  std::string name = (accessor_prefix + name_in_objects(variable)).str();
  return const_cast<Module*>(variable.getParent())->getOrInsertFunction(name, pointer, pointer);
}

Constant* argument_of(const GlobalVariable& variable) {
  std::string name = (argument_prefix + name_in_objects(variable)).str();
  auto* argument = cast<GlobalVariable>(
      const_cast<Module*>(variable.getParent())->getOrInsertGlobal(name, Type::getInt8Ty(variable.getContext())));
  argument->setDSOLocal(true); // in the slab in either case
  return argument;
}

Value* address_of(const GlobalVariable& variable, Instruction* before) {
  IRBuilder<> builder(before);
  CallInst* call = builder.CreateCall(accessor_of(variable), {argument_of(variable)});
  call->setDoesNotThrow();
  // Each thread always gets the same answer, so the optimiser may make one call for several accesses, or hoist it out
  // of a loop. A coroutine that is not split yet may resume on another thread.
  if (before->getFunction()->isPresplitCoroutine()) return call;
  call->setDoesNotAccessMemory();
  call->addFnAttr(Attribute::WillReturn);
  return call;
}

/// The calling thread's instance of `constant`, a place in a thread-local variable.
Value* place_in_this_thread(Constant& constant, Instruction& before) {
  const DataLayout& layout = before.getModule()->getDataLayout();
  APInt offset(layout.getIndexTypeSizeInBits(constant.getType()), 0);
  Value* variable = constant.stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
  IRBuilder<> builder(&before);
  return builder.CreatePtrAdd(builder.CreateThreadLocalAddress(cast<GlobalValue>(variable)), builder.getInt(offset));
}

} // namespace

std::optional<ThreadLocalSymbol> parse_thread_local_symbol(StringRef symbol) {
  using Part = ThreadLocalSymbol::Part;
  if (symbol.consume_front(accessor_prefix)) return ThreadLocalSymbol{Part::accessor, symbol};
  if (symbol.consume_front(argument_prefix)) return ThreadLocalSymbol{Part::argument, symbol};
  return std::nullopt;
}

bool may_be_in_library(const GlobalVariable& variable) {
  return variable.isThreadLocal() && (variable.hasLinkOnceODRLinkage() || variable.hasWeakODRLinkage());
}

SmallVector<Constant*> thread_locals_to_call_for(Module& module, bool own) {
  SmallVector<Constant*> variables;
  for (GlobalVariable& variable : module.globals())
    if (variable.isThreadLocal() && (own || variable.isDeclaration() || may_be_in_library(variable)))
      variables.push_back(&variable);
  return variables;
}

void call_for_thread_locals(Function& function, ArrayRef<Constant*> variables) {
  replace_constants(function, variables, [](Constant& variable, Instruction* before) {
    return address_of(cast<GlobalVariable>(variable), before);
  });
}

void mend_thread_local_addresses(Function& function) {
  for (Instruction& instruction : make_early_inc_range(instructions(function))) {
    auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
    if (!intrinsic || intrinsic->getIntrinsicID() != Intrinsic::threadlocal_address) continue;
    Value* place = intrinsic->getArgOperand(0);
    if (isa<GlobalValue>(place)) continue;
    if (auto* constant = dyn_cast<Constant>(place)) place = place_in_this_thread(*constant, *intrinsic);
    intrinsic->replaceAllUsesWith(place);
    intrinsic->eraseFromParent();
  }
}

} // namespace ajit
