#include "flow_graph.h"

#include <llvm/IR/CFG.h>
#include <llvm/IR/Function.h>

using namespace llvm;

namespace ajit {

/// The depth-first search. Blocks are named by their order of discovery.
struct FlowGraph::Search {
  static constexpr uint32_t none = UINT32_MAX;

  struct Block {
    uint32_t finished = none; ///< position in post-order
    uint32_t position;        ///< on the path from the entry, from 1; 0: not on it
    uint32_t inner = none;    ///< the header of the innermost loop around the block, itself excepted
    bool is_header = false;
  };

  struct Frame {
    uint32_t block;
    succ_iterator next, end;
  };

  DenseMap<const BasicBlock*, uint32_t>& discovered;
  SmallVector<Block, 32> blocks;
  SmallVector<std::pair<uint32_t, uint32_t>, 64> edges;
  SmallVector<Frame, 16> path;
  bool has_headers = false;

  void discover(BasicBlock& block) {
    auto number = static_cast<uint32_t>(blocks.size());
    path.push_back({number, succ_begin(&block), succ_end(&block)});
    blocks.push_back({none, static_cast<uint32_t>(path.size())});
  }

  bool on_path(uint32_t block) const { return blocks[block].position != 0; }

  /// Records that `block` is in the loop headed by `loop`. Links `loop` into the chain of headers around `block`, which
  /// is ordered by position.
  void put_into(uint32_t block, uint32_t loop) {
    while (block != loop && loop != none) {
      uint32_t around = blocks[block].inner;
      if (around == none) {
        blocks[block].inner = loop;
        return;
      }
      if (around == loop) return;
      if (blocks[around].position < blocks[loop].position) {
        blocks[block].inner = loop;
        block = loop;
        loop = around;
      } else {
        block = around;
      }
    }
  }

  /// Handles an edge to a block that the search has finished. `from` is in the innermost loop around `to` whose header
  /// is still on the path. The edge is a second entry to the loops that this skips.
  void enter_again(uint32_t from, uint32_t to) {
    uint32_t loop = blocks[to].inner;
    while (loop != none && !on_path(loop))
      loop = blocks[loop].inner;
    put_into(from, loop);
  }

  void run(BasicBlock& entry) {
    discovered[&entry] = 0;
    discover(entry);
    uint32_t done = 0;
    while (!path.empty()) {
      Frame& top = path.back();
      if (top.next == top.end) {
        uint32_t block = top.block;
        blocks[block].finished = done++;
        blocks[block].position = 0;
        path.pop_back();
        if (!path.empty()) put_into(path.back().block, blocks[block].inner);
        continue;
      }
      BasicBlock* successor = *top.next++;
      uint32_t from = top.block;
      auto [place, is_new] = discovered.try_emplace(successor, static_cast<uint32_t>(blocks.size()));
      uint32_t to = place->second;
      edges.push_back({from, to});
      if (is_new) {
        discover(*successor);
      } else if (on_path(to)) {
        blocks[to].is_header = has_headers = true;
        put_into(from, to);
      } else {
        enter_again(from, to);
      }
    }
  }
};

FlowGraph::FlowGraph(Function& function) {
  // Most functions have no loops.
  if (function.size() == 1) return;
  Search search{discovered_, {}, {}, {}};
  discovered_.reserve(static_cast<unsigned>(function.size()));
  search.run(function.getEntryBlock());
  if (!search.has_headers) return;
  number_blocks(search);
  collect_headers(function, search);
}

void FlowGraph::number_blocks(const Search& search) {
  post_order_.reserve(search.blocks.size());
  for (const Search::Block& block : search.blocks)
    post_order_.push_back(block.finished);
  loop_around_.assign(search.blocks.size(), unreachable);
  for (const Search::Block& block : search.blocks)
    if (block.inner != Search::none) loop_around_[block.finished] = post_order_[block.inner];
  predecessor_begin_.assign(search.blocks.size() + 1, 0);
  for (auto [from, to] : search.edges)
    ++predecessor_begin_[post_order_[to] + 1];
  for (size_t i = 1; i != predecessor_begin_.size(); ++i)
    predecessor_begin_[i] += predecessor_begin_[i - 1];
  predecessors_.resize(search.edges.size());
  SmallVector<uint32_t, 64> next(predecessor_begin_.begin(), predecessor_begin_.end() - 1);
  for (auto [from, to] : search.edges)
    predecessors_[next[post_order_[to]]++] = post_order_[from];
}

void FlowGraph::collect_headers(Function& function, const Search& search) {
  for (BasicBlock& block : function) {
    auto found = discovered_.find(&block);
    if (found == discovered_.end() || !search.blocks[found->second].is_header) continue;
    uint32_t depth = 1;
    for (uint32_t loop = search.blocks[found->second].inner; loop != Search::none; loop = search.blocks[loop].inner)
      ++depth;
    const uint32_t around = search.blocks[found->second].inner;
    headers_.push_back(
        {&block, post_order_[found->second], depth, around == Search::none ? unreachable : post_order_[around]});
  }
}

} // namespace ajit
