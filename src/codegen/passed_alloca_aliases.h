//===- passed_alloca_aliases.h - Alias analysis: allocas of the frame that a continuation took over ---------------===//
//
// A continuation gets the allocas of the frame below it as arguments, if others may know their addresses
// (ir/osr/passed_allocas.h). `noalias` would be wrong of those: a pointer of unknown origin may lead there. But two of them
// are two variables, and neither is a global one, which the optimiser knows of allocas and not of arguments: a loop
// that fills an array would read again, in each round, where a string next to the array keeps its letters.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Analysis/AliasAnalysis.h>

namespace ajit {

class PassedAllocaAliases : public llvm::AAResultBase {
public:
  llvm::AliasResult alias(const llvm::MemoryLocation& one, const llvm::MemoryLocation& other, llvm::AAQueryInfo& query,
                          const llvm::Instruction* context);

  /// It looks at arguments and globals alone, which no pass changes in a way that matters.
  static bool invalidate(llvm::Function&, const llvm::PreservedAnalyses&, llvm::FunctionAnalysisManager::Invalidator&) {
    return false;
  }
};

class PassedAllocaAnalysis : public llvm::AnalysisInfoMixin<PassedAllocaAnalysis> {
public:
  using Result = PassedAllocaAliases;
  static Result run(llvm::Function&, llvm::FunctionAnalysisManager&) { return Result(); }

private:
  friend llvm::AnalysisInfoMixin<PassedAllocaAnalysis>;
  static llvm::AnalysisKey Key; // NOLINT(readability-identifier-naming): LLVM's name for it
};

/// Whether `unit` has a continuation with such arguments. O(functions).
bool passes_allocas(const llvm::Module& unit);

} // namespace ajit
