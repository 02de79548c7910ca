#include "fast_math.h"
#include "unit_marks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Operator.h>

using namespace llvm;

namespace ajit {
namespace {

void split(IntrinsicInst& fused) {
  IRBuilder<> builder(&fused);
  builder.setFastMathFlags(fused.getFastMathFlags());
  Value *a = fused.getArgOperand(0), *b = fused.getArgOperand(1), *c = fused.getArgOperand(2);
  Value* sum;
  if (auto* constrained = dyn_cast<ConstrainedFPIntrinsic>(&fused)) {
    builder.setIsFPConstrained(true);
    builder.setDefaultConstrainedExcept(constrained->getExceptionBehavior().value_or(fp::ebStrict));
    builder.setDefaultConstrainedRounding(constrained->getRoundingMode().value_or(RoundingMode::Dynamic));
    sum = builder.CreateFAdd(builder.CreateFMul(a, b), c);
  } else {
    sum = builder.CreateFAdd(builder.CreateFMul(a, b), c);
  }
  sum->takeName(&fused);
  fused.replaceAllUsesWith(sum);
  fused.eraseFromParent();
}

void split_fused(Function& function) {
  for (Instruction& instruction : make_early_inc_range(instructions(function))) {
    auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
    if (!intrinsic) continue;
    if (intrinsic->getIntrinsicID() == Intrinsic::fmuladd ||
        intrinsic->getIntrinsicID() == Intrinsic::experimental_constrained_fmuladd)
      split(*intrinsic);
  }
}

/// A sum or product of a vector's elements: `reassoc` says that it is one of pairs, which no pipeline changes.
bool is_reduction(const Instruction& instruction) {
  auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  return intrinsic && (intrinsic->getIntrinsicID() == Intrinsic::vector_reduce_fadd ||
                       intrinsic->getIntrinsicID() == Intrinsic::vector_reduce_fmul);
}

/// LLVM itself marks the calls of C's fmin and fmax that become these.
bool ignores_signed_zeros(const Instruction& instruction) {
  auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  return intrinsic &&
         (intrinsic->getIntrinsicID() == Intrinsic::minnum || intrinsic->getIntrinsicID() == Intrinsic::maxnum);
}

bool may_change_result(const Instruction& instruction, bool has_fma) {
  if (!isa<FPMathOperator>(instruction) || is_reduction(instruction)) return false;
  FastMathFlags flags = instruction.getFastMathFlags();
  return flags.allowReassoc() || flags.allowReciprocal() || flags.approxFunc() ||
         (flags.noSignedZeros() && !ignores_signed_zeros(instruction)) || (has_fma && flags.allowContract());
}

bool may_change_results(const Function& function, bool has_fma) {
  const bool always = function.getFnAttribute("unsafe-fp-math").getValueAsBool();
  return any_of(instructions(function), [&](const Instruction& instruction) {
    return always ? isa<FPMathOperator>(instruction) : may_change_result(instruction, has_fma);
  });
}

void drop_flags(Function& function) {
  for (Instruction& instruction : instructions(function))
    if (isa<FPMathOperator>(instruction) && !is_reduction(instruction)) instruction.copyFastMathFlags(FastMathFlags());
  for (StringRef attribute : {"unsafe-fp-math", "no-nans-fp-math", "no-infs-fp-math", "no-signed-zeros-fp-math",
                              "approx-func-fp-math", "less-precise-fpmad"})
    function.removeFnAttr(attribute);
}

} // namespace

void settle_fast_math(Function& function, bool has_fma) {
  if (!has_fma) split_fused(function);
  if (!function.hasOptNone() && may_change_results(function, has_fma)) {
    function.addFnAttr(one_pipeline_attribute);
    function.addFnAttr(keeps_features_attribute);
  } else {
    drop_flags(function);
  }
}

bool has_one_pipeline(const Function& function) { return function.hasFnAttribute(one_pipeline_attribute); }

} // namespace ajit
