#include "check_placement.h"

#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>

using namespace llvm;

namespace ajit {
namespace {

bool ends_in_jump(const BasicBlock* block) {
  auto* branch = dyn_cast<BranchInst>(block->getTerminator());
  return branch && branch->isUnconditional();
}

/// Makes the phis of `header` take from `rest` what they took from `latches`. Merges the values of several latches in
/// `check`.
void pass_through(BasicBlock& header, ArrayRef<BasicBlock*> latches, BasicBlock& check, BasicBlock& rest) {
  for (PHINode& phi : header.phis()) {
    Value* next = phi.getIncomingValueForBlock(latches.front());
    if (latches.size() > 1) {
      PHINode* merged = PHINode::Create(phi.getType(), static_cast<unsigned>(latches.size()), "", &check);
      for (BasicBlock* latch : latches)
        merged->addIncoming(phi.getIncomingValueForBlock(latch), latch);
      next = merged;
    }
    for (BasicBlock* latch : latches)
      phi.removeIncomingValue(latch, /*DeletePHIIfEmpty=*/false);
    phi.addIncoming(next, &rest);
  }
}

} // namespace

BasicBlock* CheckPlacement::clone_of(const BasicBlock& block) const { return cast<BasicBlock>(map_.lookup(&block)); }

CheckPlace CheckPlacement::place(const OsrPoint& point, Tier tier) {
  BasicBlock* header = clone_of(*point.header);
  if (tier == Tier::O0) {
    BasicBlock* body = point.body ? clone_of(*point.body) : nullptr;
    if (body && body->getSinglePredecessor()) return split(*body);
  } else if (all_of(point.latches, ends_in_jump)) {
    return split_back_edge(*header, point);
  }
  return split(*header);
}

CheckPlace CheckPlacement::split(BasicBlock& block) {
  BasicBlock* rest = block.splitBasicBlock(block.getFirstNonPHIIt(), "osr.rest");
  block.getTerminator()->eraseFromParent();
  ends_.try_emplace(&block, rest);
  return {&block, rest};
}

/// The block that `block` ends in, which an earlier check may have split.
BasicBlock* CheckPlacement::end_of(BasicBlock* block) const {
  while (BasicBlock* end = ends_.lookup(block))
    block = end;
  return block;
}

CheckPlace CheckPlacement::split_back_edge(BasicBlock& header, const OsrPoint& point) {
  SmallVector<BasicBlock*, 2> latches;
  for (BasicBlock* latch : point.latches)
    latches.push_back(end_of(clone_of(*latch)));
  auto* rest = BasicBlock::Create(body_.getContext(), "osr.rest", &body_, &header);
  rest->moveAfter(latches.back());
  BasicBlock* check =
      latches.size() > 1 ? BasicBlock::Create(body_.getContext(), "osr.latch", &body_, rest) : latches.front();
  pass_through(header, latches, *check, *rest);
  latches.front()->getTerminator()->moveBefore(*rest, rest->end());
  if (latches.size() > 1) {
    BranchInst::Create(check, latches.front());
    for (BasicBlock* latch : drop_begin(latches))
      latch->getTerminator()->setSuccessor(0, check);
  }
  return {check, rest, true};
}

} // namespace ajit
