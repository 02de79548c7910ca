#include "constant_uses.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/ReplaceConstant.h>

using namespace llvm;

namespace ajit {
namespace {

/// A phi must have the same value for all edges from one block. Each such edge has been given a copy of its own, so
/// this makes them share the first one.
void agree_on_edges(PHINode& phi) {
  SmallDenseMap<BasicBlock*, Value*> brought;
  for (unsigned i = 0; i != phi.getNumIncomingValues(); ++i)
    phi.setIncomingValue(i, brought.try_emplace(phi.getIncomingBlock(i), phi.getIncomingValue(i)).first->second);
}

} // namespace

void replace_constants(Function& function, ArrayRef<Constant*> constants,
                       function_ref<Value*(Constant& constant, Instruction* before)> value) {
  if (constants.empty()) return;
  convertUsersOfConstantsToInstructions(constants, &function, /*RemoveDeadConstants=*/false);

  const SmallPtrSet<const Value*, 8> wanted(constants.begin(), constants.end());
  SmallVector<Use*> uses;
  for (Instruction& instruction : instructions(function))
    for (Use& operand : instruction.operands())
      if (isa<Constant>(operand) && wanted.contains(operand)) uses.push_back(&operand);
  for (Use* use : uses) {
    auto* user = cast<Instruction>(use->getUser());
    auto* phi = dyn_cast<PHINode>(user);
    use->set(value(*cast<Constant>(use->get()), phi ? phi->getIncomingBlock(*use)->getTerminator() : user));
  }
  for (BasicBlock& block : function)
    for (PHINode& phi : block.phis())
      agree_on_edges(phi);
}

} // namespace ajit
