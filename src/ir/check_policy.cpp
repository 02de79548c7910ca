#include "check_policy.h"
#include "loop_evolution.h"

#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IntrinsicInst.h>

using namespace llvm;

namespace ajit {
namespace {

/// A loop of no more rounds is over before a check in it could do any good.
constexpr unsigned few_rounds = 64;

bool has_calls(const Loop& loop) {
  return any_of(loop.blocks(), [](const BasicBlock* block) {
    return any_of(*block, [](const Instruction& instruction) {
      return isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction);
    });
  });
}

/// True if the edge between the two blocks of `loop` can only lead out of it: blocks that it passes on the way branch
/// on phis that are constant for who comes by it. That is what `i < n && …` is in code that has not been optimised.
bool leads_out(const Loop& loop, const BasicBlock* from, const BasicBlock* to) {
  SmallDenseMap<const Value*, const Value*, 4> known;
  constexpr unsigned most_steps = 8;
  for (unsigned step = 0; step != most_steps; ++step) {
    if (!loop.contains(to)) return true;
    auto* branch = dyn_cast<BranchInst>(to->getTerminator());
    if (!branch || to == loop.getHeader()) return false;
    for (const PHINode& phi : to->phis()) {
      const Value* incoming = phi.getIncomingValueForBlock(from);
      if (const Value* value = known.lookup(incoming)) incoming = value;
      if (isa<ConstantInt>(incoming)) known[&phi] = incoming;
    }
    from = to;
    if (branch->isUnconditional()) {
      to = branch->getSuccessor(0);
    } else {
      auto* condition = cast_or_null<ConstantInt>(known.lookup(branch->getCondition()));
      if (!condition) return false;
      to = branch->getSuccessor(condition->isZero());
    }
  }
  return false;
}

/// True if `compare` is between something that is the same in all rounds of `loop` and something that changes by the
/// same in each.
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

/// True if each round passes a place where the loop is left for good by the count of rounds.
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
           any_of(successors(block), [&](const BasicBlock* to) { return leads_out(loop, block, to); });
  });
}

bool can_be_counted(LoopEvolution& loops, const Loop& loop) {
  return loop.isInnermost() && !has_calls(loop) && has_last_round(loops, loop);
}

bool is_short(ScalarEvolution& evolution, const Loop& loop) {
  unsigned most = evolution.getSmallConstantMaxTripCount(&loop);
  return most != 0 && most <= few_rounds;
}

} // namespace

BitVector unchecked_loops(Function& canonical, const OsrPoints& points, Tier tier) {
  BitVector unchecked(points.loops.size());
  if (tier == Tier::O0 || points.loops.empty()) return unchecked;
  LoopEvolution loops(canonical);
  SmallPtrSet<const BasicBlock*, 8> checked;
  for (auto [point, loop] : zip(points.points, points.loops))
    if (loop.excluded.empty()) checked.insert(point.header);
  for (uint32_t i = 0; i != points.loops.size(); ++i) {
    Loop* loop = points.loops[i].excluded.empty() ? loops.loop_at(*points.points[i].header) : nullptr;
    if (!loop || !can_be_counted(loops, *loop)) continue;
    bool is_checked_around = false;
    for (Loop* around = loop->getParentLoop(); around; around = around->getParentLoop())
      is_checked_around |= checked.contains(around->getHeader());
    unchecked[i] = tier >= Tier::O2 || is_checked_around || is_short(loops.evolution(), *loop);
  }
  return unchecked;
}

} // namespace ajit
