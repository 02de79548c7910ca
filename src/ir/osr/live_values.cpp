#include "live_values.h"

#include <llvm/IR/Instructions.h>

using namespace llvm;

namespace ajit {

LiveValues::LiveValues(const FlowGraph& graph, Found found)
    : graph_(graph), found_(std::move(found)), live_in_(graph.size()), defined_(graph.size()), pending_(graph.size()) {}

void LiveValues::mark_live(uint32_t block, uint64_t values) {
  uint64_t before = live_in_[block];
  if ((before | values) == before) return;
  if (before == 0) touched_.push_back(block);
  live_in_[block] = before | values;
  pending_.set(block);
}

void LiveValues::add(Value& value, const BasicBlock* defined_in, uint32_t ordinal) {
  uses_.clear();
  for (const Use& use : value.uses()) {
    auto* user = cast<Instruction>(use.getUser());
    auto* phi = dyn_cast<PHINode>(user);
    const BasicBlock* block = phi ? phi->getIncomingBlock(use) : user->getParent();
    if (block == defined_in) continue;
    // A use in unreachable code does not make a value live.
    if (uint32_t number = graph_.number(block); number != FlowGraph::unreachable) uses_.push_back(number);
  }
  if (uses_.empty()) return;
  uint64_t bit = uint64_t{1} << group_.size();
  uint32_t definition = defined_in ? graph_.number(defined_in) : FlowGraph::unreachable;
  group_.push_back({&value, ordinal, definition});
  if (definition != FlowGraph::unreachable) defined_[definition] |= bit;
  for (uint32_t block : uses_)
    mark_live(block, bit);
  if (group_.size() == 64) solve();
}

void LiveValues::solve() {
  // Most predecessors of a block have higher numbers, so this sweep still visits them. Those along back edges wait for
  // the next sweep.
  for (int block = pending_.find_first(); block != -1;) {
    pending_.reset(block);
    for (uint32_t predecessor : graph_.predecessors(block))
      mark_live(predecessor, live_in_[block] & ~defined_[predecessor]);
    block = pending_.find_next(block);
    if (block == -1) block = pending_.find_first();
  }
  for (auto [index, header] : enumerate(graph_.headers()))
    for (uint64_t rest = live_in_[header.number]; rest != 0; rest &= rest - 1) {
      const Member& member = group_[countr_zero(rest)];
      found_(index, *member.value, member.ordinal);
    }
  for (uint32_t block : touched_)
    live_in_[block] = 0;
  for (const Member& member : group_)
    if (member.defined_in != FlowGraph::unreachable) defined_[member.defined_in] = 0;
  touched_.clear();
  group_.clear();
}

} // namespace ajit
