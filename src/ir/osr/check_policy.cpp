#include "check_policy.h"
#include "loop_evolution.h"
#include "short_loops.h"

#include <llvm/Analysis/CFG.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IntrinsicInst.h>

using namespace llvm;

namespace ajit {
namespace {

/// LLVM may not inline a body with more instructions than this, counted before any optimisation.
constexpr unsigned few_instructions = 60;

/// Predicts which calls are still there after the pipeline of a tier.
class RemainingCalls {
public:
  RemainingCalls(Tier tier, BodyOf body_of) : tier_(tier), body_of_(body_of) {}

  bool any_in(const BasicBlock& block) {
    return any_of(block, [&](const Instruction& instruction) {
      auto* call = dyn_cast<CallBase>(&instruction);
      return call && !isa<IntrinsicInst>(call) && !is_inlined(call->getCalledFunction());
    });
  }

private:
  bool is_inlined(Function* callee) {
    if (!callee || (tier_ < Tier::O2 && !callee->hasFnAttribute(Attribute::AlwaysInline))) return false;
    // A callee that is met again while its body is being looked at is recursive, and counts as not inlined.
    auto [known, is_new] = known_.try_emplace(callee, false);
    if (!is_new) return known->second;
    const Function* body = body_of_(*callee);
    const bool vanishes =
        body && is_small(*body) && none_of(*body, [&](const BasicBlock& block) { return any_in(block); });
    return known_[callee] = vanishes;
  }

  /// A body with a loop does not count as small: once inlined, its loop would be the innermost one.
  static bool is_small(const Function& body) {
    if (body.hasFnAttribute(Attribute::NoInline)) return false;
    if (!body.hasFnAttribute(Attribute::AlwaysInline) && body.getInstructionCount() > few_instructions) return false;
    SmallVector<std::pair<const BasicBlock*, const BasicBlock*>> back_edges;
    FindFunctionBackedges(body, back_edges);
    return back_edges.empty();
  }

  Tier tier_;
  BodyOf body_of_;
  DenseMap<const Function*, bool> known_;
};

/// True if `compare` is between a loop invariant and a value that changes by the same amount in each iteration of
/// `loop`.
bool compares_counter(ScalarEvolution& evolution, const Loop& loop, const ICmpInst& compare) {
  auto counts = [&](const SCEV* expression) {
    while (auto* cast = dyn_cast<SCEVCastExpr>(expression))
      expression = cast->getOperand();
    auto* counter = dyn_cast<SCEVAddRecExpr>(expression);
    return counter && counter->getLoop() == &loop && counter->isAffine();
  };
  const SCEV* left = evolution.getSCEV(compare.getOperand(0));
  const SCEV* right = evolution.getSCEV(compare.getOperand(1));
  return (counts(left) && evolution.isLoopInvariant(right, &loop)) ||
         (counts(right) && evolution.isLoopInvariant(left, &loop));
}

/// True if the number of iterations is bounded: each iteration passes an exit that a counter is sure to take in the
/// end.
bool has_last_round(LoopEvolution& loops, const Loop& loop) {
  ScalarEvolution& evolution = loops.evolution();
  if (!isa<SCEVCouldNotCompute>(evolution.getSymbolicMaxBackedgeTakenCount(&loop))) return true;
  SmallVector<BasicBlock*, 2> latches;
  loop.getLoopLatches(latches);
  return any_of(loop.blocks(), [&](const BasicBlock* block) {
    auto* branch = dyn_cast<BranchInst>(block->getTerminator());
    auto* compare = branch && branch->isConditional() ? dyn_cast<ICmpInst>(branch->getCondition()) : nullptr;
    return compare && compares_counter(evolution, loop, *compare) &&
           all_of(latches, [&](const BasicBlock* latch) { return loops.dominators().dominates(block, latch); }) &&
           any_of(successors(block), [&](const BasicBlock* to) { return !loop.contains(to); });
  });
}

bool can_be_counted(LoopEvolution& loops, const Loop& loop, RemainingCalls& calls) {
  return loop.isInnermost() && none_of(loop.blocks(), [&](const BasicBlock* block) { return calls.any_in(*block); }) &&
         has_last_round(loops, loop);
}

bool is_short(ScalarEvolution& evolution, const Loop& loop) {
  unsigned most = evolution.getSmallConstantMaxTripCount(&loop);
  return most != 0 && most <= few_rounds;
}

/// Innermost loops that can be seen to be short.
BitVector short_loops(const OsrPoints& points) {
  BitVector innermost(points.loops.size(), true);
  for (const LoopFacts& loop : points.loops)
    if (loop.around != no_loop) innermost.reset(loop.around);
  BitVector found(points.loops.size());
  for (unsigned i : innermost.set_bits())
    found[i] = points.loops[i].excluded.empty() && is_seen_to_be_short(points.points[i]);
  return found;
}

} // namespace

BitVector unchecked_loops(Function& canonical, const OsrPoints& points, Tier tier, BodyOf body_of) {
  if (tier == Tier::O0) return short_loops(points);
  BitVector unchecked(points.loops.size());
  if (points.loops.empty()) return unchecked;
  LoopEvolution loops(canonical);
  RemainingCalls calls(tier, body_of);
  SmallPtrSet<const BasicBlock*, 8> checked;
  for (auto [point, loop] : zip(points.points, points.loops))
    if (loop.excluded.empty()) checked.insert(point.header);
  for (uint32_t i = 0; i != points.loops.size(); ++i) {
    Loop* loop = points.loops[i].excluded.empty() ? loops.loop_at(*points.points[i].header) : nullptr;
    if (!loop || !can_be_counted(loops, *loop, calls)) continue;
    bool is_checked_around = false;
    for (Loop* around = loop->getParentLoop(); around; around = around->getParentLoop())
      is_checked_around |= checked.contains(around->getHeader());
    unchecked[i] = tier >= Tier::O2 || is_checked_around || is_short(loops.evolution(), *loop);
  }
  return unchecked;
}

} // namespace ajit
