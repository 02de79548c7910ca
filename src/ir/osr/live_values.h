//===- live_values.h - Which values are live at which loop headers ------------------------------------------------===//
//
// One pass answers for all headers of a function. It is a backward data-flow analysis over bit vectors, with one word
// per block for 64 values at a time. Only values that are used outside of their block take part, and canonical form has
// few of them. A group of 64 visits only the blocks where one of its values is live, in post-order, so that most groups
// take one sweep.
//
// Rejected: a search from the uses of each value, as LLVM's own passes do. It takes as long for ordinary functions and
// up to 64 times as long for large ones.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "flow_graph.h"

#include <functional>
#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/SmallVector.h>
#include <vector>

namespace llvm {
class Value;
} // namespace llvm

namespace ajit {

/// Takes values one by one and solves for them in groups. A value is live at a header if it is defined before the
/// header is entered, and a use can be reached from there without passing the definition again. The header's own phis
/// are not reported.
class LiveValues {
public:
  /// Receives (index in `graph.headers()`, value, its ordinal), for each header in the order in which values were
  /// added.
  using Found = std::function<void(uint32_t header, llvm::Value& value, uint32_t ordinal)>;

  LiveValues(const FlowGraph& graph, Found found);

  /// Adds an argument, for which `defined_in` is null, or an instruction of the reachable block `defined_in`. `ordinal`
  /// is the caller's number for it.
  void add(llvm::Value& value, const llvm::BasicBlock* defined_in, uint32_t ordinal);

  /// Reports the remaining values. Call this after the last add().
  void finish() { solve(); }

private:
  void solve();
  void mark_live(uint32_t block, uint64_t values);

  struct Member {
    llvm::Value* value;
    uint32_t ordinal;
    uint32_t defined_in;
  };

  const FlowGraph& graph_;
  Found found_;
  llvm::SmallVector<Member, 64> group_;
  llvm::SmallVector<uint32_t> uses_; ///< scratch
  std::vector<uint64_t> live_in_;    ///< by block, a bit per member
  std::vector<uint64_t> defined_;    ///< by block, a bit per member
  std::vector<uint32_t> touched_;    ///< blocks whose words are not zero
  llvm::BitVector pending_;          ///< blocks with bits not yet passed to predecessors
};

} // namespace ajit
