#include "flow_graph.h"

#include <llvm/IR/CFG.h>
#include <llvm/IR/Function.h>

using namespace llvm;

namespace ajit {

/// The depth-first search. Blocks are named by their order of discovery.
struct FlowGraph::Search {
  static constexpr uint32_t none = UINT32_MAX;

  struct Frame {
    uint32_t block;
    succ_iterator next, end;
  };

  DenseMap<const BasicBlock*, uint32_t>& discovered;
  std::vector<uint32_t>& finished; ///< position in post-order
  std::vector<uint32_t> position;  ///< on the path from the entry, from 1; 0: not on it
  std::vector<uint32_t> inner;     ///< the header of the innermost loop around a block, itself excepted; or none
  std::vector<bool> header;
  std::vector<std::pair<uint32_t, uint32_t>> edges;
  std::vector<Frame> path;

  void discover(BasicBlock& block) {
    auto number = static_cast<uint32_t>(position.size());
    finished.push_back(none);
    path.push_back({number, succ_begin(&block), succ_end(&block)});
    position.push_back(static_cast<uint32_t>(path.size()));
    inner.push_back(none);
    header.push_back(false);
  }

  bool on_path(uint32_t block) const { return position[block] != 0; }

  /// `block` is in the loop of `loop`: links it into the chain of loops around `block`, which is ordered by position.
  void put_into(uint32_t block, uint32_t loop) {
    while (block != loop && loop != none) {
      uint32_t around = inner[block];
      if (around == none) {
        inner[block] = loop;
        return;
      }
      if (around == loop) return;
      if (position[around] < position[loop]) {
        inner[block] = loop;
        block = loop;
        loop = around;
      } else {
        block = around;
      }
    }
  }

  /// An edge to a block that was left before: the loops around it that are still open are entered a second time.
  void enter_again(uint32_t from, uint32_t to) {
    uint32_t loop = inner[to];
    while (loop != none && !on_path(loop))
      loop = inner[loop];
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
        finished[block] = done++;
        position[block] = 0;
        path.pop_back();
        if (!path.empty()) put_into(path.back().block, inner[block]);
        continue;
      }
      BasicBlock* successor = *top.next++;
      uint32_t from = top.block;
      auto [place, is_new] = discovered.try_emplace(successor, static_cast<uint32_t>(position.size()));
      uint32_t to = place->second;
      edges.push_back({from, to});
      if (is_new) {
        discover(*successor);
      } else if (on_path(to)) {
        header[to] = true;
        put_into(from, to);
      } else {
        enter_again(from, to);
      }
    }
  }
};

FlowGraph::FlowGraph(Function& function) {
  Search search{discovered_, post_order_, {}, {}, {}, {}, {}};
  search.run(function.getEntryBlock());
  index_predecessors(search);
  collect_headers(function, search);
}

void FlowGraph::index_predecessors(const Search& search) {
  predecessor_begin_.assign(post_order_.size() + 1, 0);
  for (auto [from, to] : search.edges)
    ++predecessor_begin_[post_order_[to] + 1];
  for (size_t i = 1; i != predecessor_begin_.size(); ++i)
    predecessor_begin_[i] += predecessor_begin_[i - 1];
  predecessors_.resize(search.edges.size());
  std::vector<uint32_t> next(predecessor_begin_.begin(), predecessor_begin_.end() - 1);
  for (auto [from, to] : search.edges)
    predecessors_[next[post_order_[to]]++] = post_order_[from];
}

void FlowGraph::collect_headers(Function& function, const Search& search) {
  if (!is_contained(search.header, true)) return;
  for (BasicBlock& block : function) {
    auto found = discovered_.find(&block);
    if (found == discovered_.end() || !search.header[found->second]) continue;
    uint32_t depth = 1;
    for (uint32_t loop = search.inner[found->second]; loop != Search::none; loop = search.inner[loop])
      ++depth;
    headers_.push_back({&block, post_order_[found->second], depth});
  }
}

} // namespace ajit
