//===- passed_alloca_aliases.h - Alias analysis: allocas of the frame that a continuation took over ---------------===//
//
// A continuation gets allocas of the frame below it as arguments, if other code may know their addresses
// (ir/osr/passed_allocas.h). `noalias` would be wrong for those arguments: a pointer of unknown origin may point there.
// But two of them are two variables, and neither is a global variable. The optimiser knows this of allocas but not of
// arguments. Without this analysis, a loop that fills an array would reload, in each iteration, the data pointer of a
// string next to the array.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Analysis/AliasAnalysis.h>

namespace ajit {

class PassedAllocaAliases : public llvm::AAResultBase {
public:
  llvm::AliasResult alias(const llvm::MemoryLocation& one, const llvm::MemoryLocation& other, llvm::AAQueryInfo& query,
                          const llvm::Instruction* context);

  /// Never: the result depends only on arguments and globals, which no pass changes in a way that matters.
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
