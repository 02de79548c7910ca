#include "known_branches.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/CFG.h>
#include <llvm/Analysis/ConstantFolding.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Local.h>

using namespace llvm;

namespace ajit {
namespace {

/// Limits what a merge computes from its phi: comparisons and conversions, not much more than two of each.
constexpr unsigned most_steps = 8;

/// Returns the phi that begins `block` if the block only jumps, or only computes from the phi what its terminator uses.
/// Each instruction must be used once, by the next one. Returns null otherwise.
PHINode* merged_by(BasicBlock& block) {
  auto* phi = dyn_cast<PHINode>(&block.front());
  if (!phi || block.hasAddressTaken()) return nullptr;
  const auto* last = block.getTerminator();
  auto* branch = dyn_cast<BranchInst>(last);
  if (!branch) return nullptr;
  unsigned steps = 0;
  for (const Instruction* one = phi; one != last; one = one->getNextNode()) {
    if (!one->hasOneUse() || ++steps > most_steps) return nullptr;
    if (one != phi && !isa<CmpInst, CastInst, BinaryOperator>(one)) return nullptr;
    // A block that only jumps passes the phi itself on, to another phi.
    const Instruction* next = one->getNextNode();
    if (next == last && branch->isUnconditional()) return one == phi ? phi : nullptr;
    if (*one->user_begin() != next) return nullptr;
  }
  return phi;
}

/// Where `branch` leads if the phi at the start of its block is `value`; null if that cannot be told.
BasicBlock* target_for(const BranchInst& branch, const PHINode& phi, Constant* value) {
  const DataLayout& layout = phi.getModule()->getDataLayout();
  const Instruction* from = &phi;
  for (const Instruction* step = phi.getNextNode(); step != &branch; from = step, step = step->getNextNode()) {
    SmallVector<Constant*, 2> operands;
    for (Value* operand : step->operands())
      operands.push_back(operand == from ? value : dyn_cast<Constant>(operand));
    if (is_contained(operands, nullptr)) return nullptr;
    auto* compare = dyn_cast<CmpInst>(step);
    value = compare ? ConstantFoldCompareInstOperands(compare->getPredicate(), operands[0], operands[1], layout)
                    : ConstantFoldInstOperands(const_cast<Instruction*>(step), operands, layout);
    if (!value) return nullptr;
  }
  auto* known = dyn_cast<ConstantInt>(value);
  return known ? branch.getSuccessor(known->isZero()) : nullptr;
}

/// Folds branches like `br i1 false`. An operand of `&&` ends in one if it is a comma expression with a constant at its
/// end.
void fold_constant_branches(Function& function) {
  SmallVector<BasicBlock*> left;
  for (BasicBlock& block : function) {
    auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    if (!branch || !branch->isConditional() || !isa<ConstantInt>(branch->getCondition())) continue;
    left.push_back(branch->getSuccessor(cast<ConstantInt>(branch->getCondition())->isOne()));
    ConstantFoldTerminator(&block);
  }
  // A block that has become unreachable would still pass its values to phis.
  SmallPtrSet<BasicBlock*, 8> deleted;
  while (!left.empty()) {
    BasicBlock* block = left.pop_back_val();
    if (deleted.contains(block) || !pred_empty(block) || block->isEntryBlock() || block->hasAddressTaken()) continue;
    append_range(left, successors(block));
    deleted.insert(block);
    DeleteDeadBlock(block);
  }
}

class Threader {
public:
  explicit Threader(Function& function) : function_(function) {}

  void run() {
    SmallVector<BasicBlock*> merges;
    for (BasicBlock& block : function_)
      if (&block != &function_.getEntryBlock() && merged_by(block)) merges.push_back(&block);
    if (merges.empty()) return;
    find_headers();
    // A merge that only passes its phi on comes before the merge that it passes it to.
    for (BasicBlock* merge : merges)
      if (!headers_.contains(merge)) thread(*merge);
  }

private:
  static bool is_passed_to_merge(const PHINode& phi, BasicBlock& next) {
    return merged_by(next) && merged_by(next)->getIncomingValueForBlock(phi.getParent()) == &phi;
  }

  /// Finds loop headers, which threading leaves alone. Threading a header would create a way into the loop that
  /// bypasses it, and loop passes cannot handle such a loop. Redirecting an edge to a header would add a second back
  /// edge, and only the first has the loop's metadata.
  void find_headers() {
    SmallVector<std::pair<const BasicBlock*, const BasicBlock*>> back_edges;
    FindFunctionBackedges(function_, back_edges);
    for (auto [from, to] : back_edges)
      headers_.insert(to);
  }

  void thread(BasicBlock& merge) {
    PHINode* phi = merged_by(merge);
    if (!phi) return;
    auto* branch = cast<BranchInst>(merge.getTerminator());
    BasicBlock* next = branch->isUnconditional() ? branch->getSuccessor(0) : nullptr;
    if (next && !is_passed_to_merge(*phi, *next)) return;
    SmallVector<BasicBlock*> from(phi->blocks());
    for (BasicBlock* block : from) {
      if (phi->getBasicBlockIndex(block) < 0 || !isa<BranchInst, SwitchInst>(block->getTerminator())) continue;
      Value* value = phi->getIncomingValueForBlock(block);
      auto* known = dyn_cast<Constant>(value);
      BasicBlock* target = next || !known ? next : target_for(*branch, *phi, known);
      if (target && !headers_.contains(target)) redirect(*block, merge, *target, *phi, *value);
    }
    if (phi->getNumIncomingValues() == 0)
      DeleteDeadBlock(&merge);
    else if (BasicBlock* only = merge.getSinglePredecessor(); only && only != &merge)
      MergeBlockIntoPredecessor(&merge) || FoldSingleEntryPHINodes(&merge);
  }

  /// Redirects the edges from `block` to `merge`, which bring `value`, to `target`. Leaves them if `target` has edges
  /// from `block` already and a phi of it would need another value for the new ones.
  static void redirect(BasicBlock& block, BasicBlock& merge, BasicBlock& target, PHINode& phi, Value& value) {
    auto passed = [&](const PHINode& next) {
      Value* incoming = next.getIncomingValueForBlock(&merge);
      return incoming == &phi ? &value : incoming;
    };
    for (PHINode& next : target.phis())
      if (int index = next.getBasicBlockIndex(&block); index >= 0 && next.getIncomingValue(index) != passed(next))
        return;
    // A phi has an entry per edge, and a switch may have several edges.
    for (Use& use : block.getTerminator()->operands()) {
      if (use != &merge) continue;
      use.set(&target);
      phi.removeIncomingValue(&block, /*DeletePHIIfEmpty=*/false);
      for (PHINode& next : target.phis())
        next.addIncoming(passed(next), &block);
    }
  }

  Function& function_;
  SmallPtrSet<const BasicBlock*, 8> headers_;
};

} // namespace

void thread_known_branches(Function& function) {
  fold_constant_branches(function);
  Threader(function).run();
}

} // namespace ajit
