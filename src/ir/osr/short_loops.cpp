#include "short_loops.h"
#include "osr_points.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/PatternMatch.h>

using namespace llvm;
using namespace llvm::PatternMatch;

namespace ajit {
namespace {

/// Loops of more blocks are not looked at.
constexpr unsigned most_blocks = 32;

/// The blocks of the loop from `header` to `latch`; empty if there are many or the loop has another entry.
SmallSetVector<const BasicBlock*, 8> blocks_between(const BasicBlock& header, const BasicBlock& latch) {
  SmallSetVector<const BasicBlock*, 8> blocks;
  blocks.insert(&header);
  blocks.insert(&latch);
  for (unsigned i = 1; i < blocks.size(); ++i) {
    if (blocks[i]->isEntryBlock() || blocks.size() > most_blocks) return {};
    for (const BasicBlock* before : predecessors(blocks[i]))
      blocks.insert(before);
  }
  return blocks;
}

/// Whether the comparison `goes` of a counter with `bound` holds for a few iterations only. The counter begins as
/// `value` and grows by `step`.
bool ends_soon(APInt value, const APInt& step, const APInt& bound, CmpInst::Predicate goes) {
  for (unsigned round = 0; round != few_rounds; ++round, value += step)
    if (!ICmpInst::compare(value, bound, goes)) return true;
  return false;
}

/// Whether the comparison `goes` of `compared` with `bound` holds for the first few iterations of the loop only.
bool ends_soon(const OsrPoint& point, const Value& compared, const APInt& bound, CmpInst::Predicate goes) {
  const BasicBlock* latch = point.latches.front();
  for (const PHINode& counter : point.header->phis()) {
    if (counter.getNumIncomingValues() != 2) return false;
    const Value* next = counter.getIncomingValueForBlock(latch);
    if (&compared != &counter && &compared != next) continue;
    const Value* start = counter.getIncomingValue(counter.getIncomingBlock(0) == latch ? 1 : 0);
    const APInt* first = nullptr;
    const APInt* step = nullptr;
    if (!match(start, m_APInt(first)) || !match(next, m_c_Add(m_Specific(&counter), m_APInt(step)))) return false;
    return ends_soon(&compared == next ? *first + *step : *first, *step, bound, goes);
  }
  return false;
}

/// Whether `block`, which each iteration passes, leaves the loop after a few iterations.
bool leaves_soon(const OsrPoint& point, const BasicBlock& block, const SmallSetVector<const BasicBlock*, 8>& loop) {
  ICmpInst::Predicate predicate;
  Value* compared = nullptr;
  const APInt* bound = nullptr;
  BasicBlock* if_true = nullptr;
  BasicBlock* if_false = nullptr;
  if (!match(block.getTerminator(), m_Br(m_ICmp(predicate, m_Value(compared), m_APInt(bound)), if_true, if_false)))
    return false;
  if (loop.contains(if_true) == loop.contains(if_false)) return false;
  return ends_soon(point, *compared, *bound,
                   loop.contains(if_true) ? predicate : ICmpInst::getInversePredicate(predicate));
}

bool calls(const BasicBlock& block) {
  return any_of(block, [](const Instruction& one) { return isa<CallBase>(one) && !isa<IntrinsicInst>(one); });
}

} // namespace

bool is_seen_to_be_short(const OsrPoint& point) {
  if (point.latches.size() != 1) return false;
  const BasicBlock& latch = *point.latches.front();
  const SmallSetVector<const BasicBlock*, 8> loop = blocks_between(*point.header, latch);
  if (loop.empty() || any_of(loop, [](const BasicBlock* block) { return calls(*block); })) return false;
  return leaves_soon(point, *point.header, loop) || leaves_soon(point, latch, loop);
}

} // namespace ajit
