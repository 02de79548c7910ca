#include "tier_pipeline.h"
#include "passed_alloca_aliases.h"

#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassInstrumentation.h>
#include <llvm/IR/PassManager.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

namespace ajit {
namespace {

bool has_coroutines(const Module& unit) {
  return any_of(unit.functions(),
                [](const Function& function) { return function.getName().starts_with("llvm.coro."); });
}

OptimizationLevel level_of(Tier tier) {
  switch (tier) {
  case Tier::O0:
    return OptimizationLevel::O0;
  case Tier::O1:
    return OptimizationLevel::O1;
  case Tier::O2:
    return OptimizationLevel::O2;
  case Tier::O3:
    return OptimizationLevel::O3;
  }
  return OptimizationLevel::O0;
}

PipelineTuningOptions tuning(Tier tier) {
  PipelineTuningOptions options;
  options.LoopVectorization = options.SLPVectorization = tier >= Tier::O2;
  // The call graph profile's section has SHT_REL relocations, which JITLink refuses, and a unit has no use for it.
  options.CallGraphProfile = false;
  return options;
}

} // namespace

void run_pipeline(Module& unit, Tier tier, TargetMachine& machine, function_ref<bool()> is_over) {
  if (tier == Tier::O0 && !has_coroutines(unit)) return;
  // A pipeline can run only once: the inliner's wrapper moves its own contents away when it runs.
  PassInstrumentationCallbacks instrumentation;
  if (is_over) instrumentation.registerShouldRunOptionalPassCallback([is_over](StringRef, Any) { return !is_over(); });
  PassBuilder builder(&machine, tuning(tier), std::nullopt, is_over ? &instrumentation : nullptr);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  if (passes_allocas(unit)) {
    functions.registerPass([&] {
      AAManager aliases = builder.buildDefaultAAPipeline();
      aliases.registerFunctionAnalysis<PassedAllocaAnalysis>();
      return aliases;
    });
    functions.registerPass([] { return PassedAllocaAnalysis(); });
  }
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager pipeline = tier == Tier::O0 ? builder.buildO0DefaultPipeline(OptimizationLevel::O0)
                                                : builder.buildPerModuleDefaultPipeline(level_of(tier));
  pipeline.run(unit, modules);
}

} // namespace ajit
