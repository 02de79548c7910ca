#include "check_policy.h"
#include "loop_evolution.h"

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

bool can_be_counted(ScalarEvolution& evolution, const Loop& loop) {
  return loop.isInnermost() && !has_calls(loop) && !isa<SCEVCouldNotCompute>(evolution.getBackedgeTakenCount(&loop));
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
    if (!loop || !can_be_counted(loops.evolution(), *loop)) continue;
    bool is_checked_around = false;
    for (Loop* around = loop->getParentLoop(); around; around = around->getParentLoop())
      is_checked_around |= checked.contains(around->getHeader());
    unchecked[i] = tier >= Tier::O2 || is_checked_around || is_short(loops.evolution(), *loop);
  }
  return unchecked;
}

} // namespace ajit
