#include "code_figures.h"

#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

using namespace llvm;

namespace ajit {

CodeFigures count_figures(const Function& function) {
  CodeFigures figures;
  for (const BasicBlock& block : function) {
    ++figures.blocks;
    for (const Instruction& instruction : block) {
      ++figures.instructions;
      if (isa<LoadInst>(instruction))
        ++figures.loads;
      else if (isa<StoreInst>(instruction))
        ++figures.stores;
      else if (isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction))
        ++figures.calls;
    }
  }
  return figures;
}

} // namespace ajit
