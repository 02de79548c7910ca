#include "loop_nest_clone.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/Cloning.h>

using namespace llvm;

namespace ajit {
namespace {

/// One iteration of a larger loop takes so long that the loop's own overhead does not matter.
constexpr size_t most_copied_instructions = 3000;

bool may_be_copied(const Loop& loop) {
  if (!loop.isSafeToClone()) return false;
  return none_of(loop.blocks(), [](const BasicBlock* block) {
    return block->hasAddressTaken() ||
           any_of(*block, [](const Instruction& instruction) { return instruction.getType()->isTokenTy(); });
  });
}

size_t instructions_in(const Loop& loop) {
  size_t count = 0;
  for (const BasicBlock* block : loop.blocks())
    count += block->size();
  return count;
}

class NestCloner {
public:
  NestCloner(Function& function, LoopNestCopies& result) : function_(function), result_(result) {}

  /// Chooses the loop of `header` and those around it that can be kept natural, from the inside out.
  void choose(BasicBlock& header) {
    DominatorTree dominators(function_);
    LoopInfo loops(dominators);
    Loop* loop = loops.getLoopFor(&header);
    if (!loop || loop->getHeader() != &header) return;
    size_t copied = 0;
    for (; loop; loop = loop->getParentLoop()) {
      if (!nest_.empty()) {
        copied += instructions_in(*loop);
        if (copied > most_copied_instructions || !may_be_copied(*loop)) break;
      }
      nest_.push_back({loop->getHeader(), {loop->block_begin(), loop->block_end()}});
    }
  }

  void clone() {
    for (size_t level = 1; level < nest_.size(); ++level)
      clone_level(level);
    for (size_t copy = 0; copy != result_.copies.size(); ++copy)
      direct_edges(copy);
    for (size_t copy = 0; copy != result_.copies.size(); ++copy)
      for (BasicBlock* block : sources_[copy])
        rebuild_phis(*block, *copy_of(copy, block));
    for (BasicBlock* block : entered_originals_)
      extend_phis(*block);
  }

  BasicBlock* copy_of(size_t copy, BasicBlock* block) const {
    if (copy >= result_.copies.size()) return block;
    return cast<BasicBlock>(result_.copies[copy]->lookup(block));
  }

private:
  struct Level {
    BasicBlock* header;
    SmallPtrSet<const BasicBlock*, 16> blocks;
  };

  void clone_level(size_t level) {
    auto map = std::make_unique<ValueToValueMapTy>();
    std::vector<BasicBlock*> sources;
    SmallVector<BasicBlock*> clones;
    for (BasicBlock& block : function_)
      if (nest_[level].blocks.contains(&block)) sources.push_back(&block);
    SmallVector<MDNode*> scopes;
    identifyNoAliasScopesToClone(sources, scopes);
    for (BasicBlock* block : sources) {
      BasicBlock* clone = CloneBasicBlock(block, *map, ".once", &function_);
      (*map)[block] = clone;
      clones.push_back(clone);
      origin_[clone] = {block, level - 1};
    }
    remapInstructionsInBlocks(clones, *map);
    cloneAndAdaptNoAliasScopes(scopes, clones, function_.getContext(), ("osr" + Twine(level)).str());
    sources_.push_back(std::move(sources));
    result_.copies.push_back(std::move(map));
  }

  /// Which copy an edge from `copy` to `target` leads to.
  size_t destination(size_t copy, const BasicBlock* target) const {
    size_t level = 0;
    while (level != nest_.size() && !nest_[level].blocks.contains(target))
      ++level;
    if (level <= copy) return copy;
    if (level == nest_.size()) return result_.copies.size();
    return target == nest_[level].header ? level : level - 1;
  }

  void direct_edges(size_t copy) {
    for (BasicBlock* source : sources_[copy]) {
      Instruction* from = source->getTerminator();
      Instruction* to = copy_of(copy, source)->getTerminator();
      for (unsigned i = 0; i != from->getNumSuccessors(); ++i) {
        BasicBlock* target = from->getSuccessor(i);
        size_t there = destination(copy, target);
        to->setSuccessor(i, copy_of(there, target));
        if (there >= result_.copies.size()) entered_originals_.insert(target);
      }
    }
  }

  Value* value_in(size_t copy, Value* value) const {
    Value* copied = result_.copies[copy]->lookup(value);
    return copied ? copied : value;
  }

  /// Adds phi entries in `target`, which is `original` or a copy of it, for those predecessors that are copies.
  void add_entries(BasicBlock& original, BasicBlock& target) {
    SmallVector<BasicBlock*> sources(predecessors(&target));
    for (auto [phi, copied] : zip(original.phis(), target.phis()))
      for (BasicBlock* source : sources)
        if (auto known = origin_.find(source); known != origin_.end()) {
          auto [block, copy] = known->second;
          copied.addIncoming(value_in(copy, phi.getIncomingValueForBlock(block)), source);
        }
  }

  void rebuild_phis(BasicBlock& original, BasicBlock& copied) {
    for (PHINode& phi : copied.phis())
      while (phi.getNumIncomingValues() != 0)
        phi.removeIncomingValue(phi.getNumIncomingValues() - 1, /*DeletePHIIfEmpty=*/false);
    add_entries(original, copied);
  }

  void extend_phis(BasicBlock& original) { add_entries(original, original); }

  Function& function_;
  LoopNestCopies& result_;
  SmallVector<Level> nest_;
  std::vector<std::vector<BasicBlock*>> sources_; ///< by copy
  DenseMap<BasicBlock*, std::pair<BasicBlock*, size_t>> origin_;
  SmallPtrSet<BasicBlock*, 8> entered_originals_;
};

} // namespace

LoopNestCopies clone_loop_nest(Function& function, BasicBlock& header) {
  LoopNestCopies result;
  NestCloner cloner(function, result);
  cloner.choose(header);
  cloner.clone();
  result.entered = cloner.copy_of(0, &header);
  return result;
}

} // namespace ajit
