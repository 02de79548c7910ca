//===- flow_graph.h - A function's blocks as small numbers, its loops and how they nest ---------------------------===//
//
// Each compile of a body with checks walks the graph several times to find OSR points. One depth-first search collects
// all that those walks need: blocks numbered in post-order (so that one sweep solves a backward data-flow problem over
// a graph without loops), predecessors as arrays, the targets of back edges, and the loop nest. LLVM's DominatorTree
// and LoopInfo would take three times as long, and do not know loops with two entries.
//
// The back edges are those of llvm::FindFunctionBackedges, because the search visits successors in the same order. The
// same search finds the nest (Wei, Mao, Zou, Chen: A New Algorithm for Identifying Loops in Decompilation, SAS 2007).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/DenseMap.h>
#include <vector>

namespace llvm {
class BasicBlock;
class Function;
} // namespace llvm

namespace ajit {

/// The reachable blocks of a function and its loops. For a function without loops, it records only that there are none.
/// Valid while the function's blocks and edges stay as they are.
class FlowGraph {
public:
  explicit FlowGraph(llvm::Function& function);

  static constexpr uint32_t unreachable = UINT32_MAX;

  /// Number of reachable blocks; they are numbered from 0 in post-order.
  uint32_t size() const { return static_cast<uint32_t>(predecessor_begin_.size()) - 1; }

  /// The number of `block`, or `unreachable`.
  uint32_t number(const llvm::BasicBlock* block) const {
    auto found = discovered_.find(block);
    return found == discovered_.end() ? unreachable : post_order_[found->second];
  }

  llvm::ArrayRef<uint32_t> predecessors(uint32_t block) const {
    return llvm::ArrayRef(predecessors_)
        .slice(predecessor_begin_[block], predecessor_begin_[block + 1] - predecessor_begin_[block]);
  }

  /// A target of back edges.
  struct Header {
    llvm::BasicBlock* block;
    uint32_t number;
    uint32_t depth;  ///< 1: an outermost loop
    uint32_t around; ///< number of the next header around this one, or unreachable
  };

  /// True if the loop of `header` contains `block`; both are numbers.
  bool loop_contains(uint32_t header, uint32_t block) const {
    while (block != header && block != unreachable)
      block = loop_around_[block];
    return block == header;
  }

  /// The headers, in the order of blocks in the function.
  llvm::ArrayRef<Header> headers() const { return headers_; }

private:
  struct Search;
  void number_blocks(const Search& search);
  void collect_headers(llvm::Function& function, const Search& search);

  llvm::DenseMap<const llvm::BasicBlock*, uint32_t> discovered_; ///< in order of discovery, from 0
  std::vector<uint32_t> post_order_;                             ///< by order of discovery
  std::vector<uint32_t> loop_around_; ///< the innermost header around a block, or unreachable
  std::vector<uint32_t> predecessor_begin_;
  std::vector<uint32_t> predecessors_;
  std::vector<Header> headers_;
};

} // namespace ajit
