//===- loop_evolution.h - How values change from one iteration of a loop to the next ------------------------------===//
//
// LLVM's scalar evolution with the analyses it needs, for functions outside of any pass manager.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

namespace ajit {

/// Valid while the function stays as it is.
class LoopEvolution {
public:
  explicit LoopEvolution(llvm::Function& function)
      : library_info_(llvm::Triple(function.getParent()->getTargetTriple())), library_(library_info_, &function),
        assumptions_(function), dominators_(function), loops_(dominators_),
        evolution_(function, library_, assumptions_, dominators_, loops_) {}

  llvm::ScalarEvolution& evolution() { return evolution_; }

  const llvm::DominatorTree& dominators() const { return dominators_; }

  /// The natural loop that begins at `header`, or null.
  llvm::Loop* loop_at(llvm::BasicBlock& header) const {
    llvm::Loop* loop = loops_.getLoopFor(&header);
    return loop && loop->getHeader() == &header ? loop : nullptr;
  }

private:
  llvm::TargetLibraryInfoImpl library_info_;
  llvm::TargetLibraryInfo library_;
  llvm::AssumptionCache assumptions_;
  llvm::DominatorTree dominators_;
  llvm::LoopInfo loops_;
  llvm::ScalarEvolution evolution_;
};

} // namespace ajit
