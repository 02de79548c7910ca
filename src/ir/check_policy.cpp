#include "check_policy.h"

#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

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

class Examiner {
public:
  explicit Examiner(Function& function)
      : library_info_(Triple(function.getParent()->getTargetTriple())), library_(library_info_, &function),
        assumptions_(function), dominators_(function), loops_(dominators_),
        evolution_(function, library_, assumptions_, dominators_, loops_) {}

  Loop* loop_at(BasicBlock& header) const {
    Loop* loop = loops_.getLoopFor(&header);
    return loop && loop->getHeader() == &header ? loop : nullptr;
  }

  bool can_be_counted(const Loop& loop) {
    return loop.isInnermost() && !has_calls(loop) && !isa<SCEVCouldNotCompute>(evolution_.getBackedgeTakenCount(&loop));
  }

  bool is_short(const Loop& loop) {
    unsigned most = evolution_.getSmallConstantMaxTripCount(&loop);
    return most != 0 && most <= few_rounds;
  }

private:
  TargetLibraryInfoImpl library_info_;
  TargetLibraryInfo library_;
  AssumptionCache assumptions_;
  DominatorTree dominators_;
  LoopInfo loops_;
  ScalarEvolution evolution_;
};

} // namespace

BitVector unchecked_loops(Function& canonical, const OsrPoints& points, Tier tier) {
  BitVector unchecked(points.loops.size());
  if (tier == Tier::O0 || points.loops.empty()) return unchecked;
  Examiner examiner(canonical);
  SmallPtrSet<const BasicBlock*, 8> checked;
  for (auto [point, loop] : zip(points.points, points.loops))
    if (loop.excluded.empty()) checked.insert(point.header);
  for (uint32_t i = 0; i != points.loops.size(); ++i) {
    Loop* loop = points.loops[i].excluded.empty() ? examiner.loop_at(*points.points[i].header) : nullptr;
    if (!loop || !examiner.can_be_counted(*loop)) continue;
    bool is_checked_around = false;
    for (Loop* around = loop->getParentLoop(); around; around = around->getParentLoop())
      is_checked_around |= checked.contains(around->getHeader());
    unchecked[i] = tier >= Tier::O2 || is_checked_around || examiner.is_short(*loop);
  }
  return unchecked;
}

} // namespace ajit
