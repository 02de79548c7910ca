#include "canonical_function.h"
#include "fast_math.h"
#include "feature_needs.h"
#include "foreign_labels.h"
#include "function_traits.h"
#include "known_branches.h"
#include "module_source.h"
#include "returns_twice.h"
#include "tls_access.h"

#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassInstrumentation.h>
#include <llvm/IR/PassManager.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>

using namespace llvm;

namespace ajit {
namespace {

/// Whether the program would notice if `function`, which clang compiled at -O0, had no frame of its own. clang -O0
/// marks every function `noinline`, so a mark that the programmer wrote looks like the others.
bool keeps_its_frame(const Function& function) {
  const Module& module = *function.getParent();
  return asks_for_its_frame(function) || is_identified_by_return_address(function) || asks_for_callers_frames(module) ||
         may_walk_stacks(module);
}

void drop_attributes_of_the_build(Function& function) {
  if (function.hasOptNone()) {
    function.removeFnAttr(Attribute::OptimizeNone);
    if (!keeps_its_frame(function)) function.removeFnAttr(Attribute::NoInline);
    if (!may_ask_for_frames(*function.getParent()))
      function.removeFnAttr("frame-pointer"); // links the frames of callees
  }
  // Segmented stacks need a function of libgcc.a and a main that was started with it. The ordinary stack works as well.
  function.removeFnAttr("split-stack");
}

/// Large frames must touch each of their pages. The function that some compilers name for this (rustc up to 1.70:
/// `__rust_probestack`) is in a static library of theirs, which does not come with the bitcode. Inline code does the
/// same.
void probe_stack_in_line(Function& function) {
  StringRef probe = function.getFnAttribute("probe-stack").getValueAsString();
  if (probe.empty() || probe == "inline-asm") return;
  const Function* own = function.getParent()->getFunction(probe);
  if (own && (!own->isDeclaration() || own->isMaterializable())) return;
  function.addFnAttr("probe-stack", "inline-asm");
}

/// Merges blocks that always follow one another. Unoptimised code is full of them, and at O0 each value that crosses
/// from one to the next is stored and loaded.
void merge_straight_lines(Function& function) {
  for (BasicBlock& block : make_early_inc_range(drop_begin(function)))
    MergeBlockIntoPredecessor(&block);
}

} // namespace

/// Only the analyses that the promotion needs: a PassBuilder's full set would cost each context more than its module
/// copy.
struct Canonicaliser::Analyses {
  FunctionAnalysisManager manager;
  PromotePass promotion;
  OwnFeature fma;
  const SmallVector<Constant*> thread_locals, thread_locals_of_others;

  Analyses(Module& module, TargetMachine& machine)
      : fma(machine, "+fma"), thread_locals(thread_locals_to_call_for(module, /*own=*/true)),
        thread_locals_of_others(thread_locals_to_call_for(module, /*own=*/false)) {
    manager.registerPass([] { return PassInstrumentationAnalysis(); });
    manager.registerPass([] { return DominatorTreeAnalysis(); });
    manager.registerPass([] { return AssumptionAnalysis(); });
    manager.registerPass([&] { return machine.getTargetIRAnalysis(); });
  }
};

Canonicaliser::Canonicaliser(Module& module, const ModuleSource& source, TargetMachine& machine)
    : source_(source), analyses_(std::make_unique<Analyses>(module, machine)) {}

Canonicaliser::~Canonicaliser() = default;

void Canonicaliser::run(Function& function) {
  call_for_foreign_labels(function);
  settle_fast_math(function, analyses_->fma.is_of(function));
  note_feature_needs(function);
  keep_variables_across_second_returns(function);
  drop_attributes_of_the_build(function);
  probe_stack_in_line(function);
  call_for_thread_locals(function, source_.calls_for_thread_locals() ? analyses_->thread_locals
                                                                     : analyses_->thread_locals_of_others);
  if (!analyses_->thread_locals.empty()) mend_thread_local_addresses(function);
  thread_known_branches(function);
  merge_straight_lines(function);
  analyses_->promotion.run(function, analyses_->manager);
  analyses_->manager.clear(function, function.getName());
  if (compares_stack_depths(function)) function.addFnAttr(Attribute::NoInline); // it must have its own frame
}

} // namespace ajit
