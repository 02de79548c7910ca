#include "stack_maps.h"
#include "debug_info.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// Statepoints may be invoked, so this looks at the callee and not for IntrinsicInst.
bool makes_stack_map(const Instruction& instruction) {
  auto* call = dyn_cast<CallBase>(&instruction);
  const Function* callee = call ? call->getCalledFunction() : nullptr;
  switch (callee ? callee->getIntrinsicID() : Intrinsic::not_intrinsic) {
  case Intrinsic::experimental_gc_statepoint:
  case Intrinsic::experimental_stackmap:
  case Intrinsic::experimental_patchpoint:
  case Intrinsic::experimental_patchpoint_void:
    return true;
  default:
    return false;
  }
}

} // namespace

bool reads_stack_maps(const Module& module) {
  const GlobalValue* symbol = module.getNamedValue(stack_maps_symbol);
  return symbol && symbol->isDeclaration();
}

bool has_stack_maps(const Function& function) { return any_of(instructions(function), makes_stack_map); }

SmallVector<Function*> functions_with_stack_maps(Module& module) {
  read_all_bodies(module);
  SmallVector<Function*> functions;
  for (Function& function : module)
    if (has_stack_maps(function)) functions.push_back(&function);
  return functions;
}

} // namespace ajit
