#include "ssa_repair.h"

#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/SSAUpdater.h>

using namespace llvm;

namespace ajit {

void repair_uses(ArrayRef<Instruction*> definitions, const DominatorTree& dominators) {
  SmallVector<Use*> uses;
  for (Instruction* definition : definitions)
    for (Use& use : definition->uses())
      // An unreachable user counts as dominated.
      if (!dominators.dominates(definition, use)) uses.push_back(&use);
  if (uses.empty()) return;
  SSAUpdater updater;
  updater.Initialize(definitions.front()->getType(), definitions.front()->getName());
  for (Instruction* definition : definitions)
    if (dominators.isReachableFromEntry(definition->getParent()))
      updater.AddAvailableValue(definition->getParent(), definition);
  for (Use* use : uses)
    updater.RewriteUse(*use);
}

} // namespace ajit
