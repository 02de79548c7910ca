//===- osr_points.h - Where a running function can change over to another body ------------------------------------===//
//
// On-stack replacement moves a running activation from one body of a function into another in the middle of a loop. The
// places where it can do so are the loop headers of the canonical form, just after their phis. Bodies of all tiers and
// the continuations that take over from them are made from that one form, so that "the values that are live at the
// header" means the same in all of them, and the runtime need not reconstruct any state.
//
// A loop is named by its index among the targets of back edges, in block order. Contexts that hold copies of one module
// agree on it, since the canonical form is deterministic; `LoopFacts::layout` lets the runtime check that they do.
//
// What the continuation gets from the body that it takes over from:
//   - values: through a buffer in the old frame, at offsets that are computed here;
//   - the addresses of allocas in the entry block: as arguments (continuation.h says why);
//   - label addresses (computed goto), which differ in each body: through the buffer, together with the address of the
//     old body's label table, by which the continuation translates them;
//   - saved stack pointers: not at all. Restoring one of the old frame would destroy the continuation's own frame, so
//     the continuation saves its own. A restore frees what the continuation allocated itself. The rest lives as long as
//     the old frame, which stays below.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_facts.h"

#include <cstdint>
#include <llvm/ADT/SmallVector.h>
#include <string>
#include <vector>

namespace llvm {
class AllocaInst;
class BasicBlock;
class Function;
class Instruction;
class Value;
} // namespace llvm

namespace ajit {

struct FunctionTraits;

/// A value that goes through the buffer.
struct OsrValue {
  llvm::Value* value; ///< of the canonical function
  uint32_t ordinal;   ///< arguments, then instructions, in their order
  uint32_t offset;    ///< in the buffer, the same at all points
  bool is_label;
};

/// What is transferred at the header of one loop.
struct OsrPoint {
  llvm::BasicBlock* header = nullptr;
  llvm::SmallVector<llvm::BasicBlock*, 1> latches; ///< where the back edges come from, each once
  /// The block where the header stays in the loop; null unless the header may be executed again from its phis on.
  llvm::BasicBlock* body = nullptr;
  /// If the header ends in an indirect jump: its targets within the loop. Empty unless the header is the only way into
  /// them and may be executed again.
  llvm::SmallVector<llvm::BasicBlock*, 0> targets;
  llvm::SmallVector<OsrValue, 0> values;
  llvm::SmallVector<llvm::Instruction*, 0> saved_stacks; ///< not transferred: the continuation makes its own
  llvm::SmallVector<llvm::AllocaInst*, 0> allocas;       ///< the function's allocas that are used from here on
  bool has_labels = false;                               ///< some of `values` are label addresses
};

/// The loops of one canonical function.
struct OsrPoints {
  std::vector<LoopFacts> loops;
  std::vector<OsrPoint> points; ///< by loop; valid where the loop is not excluded
  /// Allocas of the entry block that some point needs. Every point passes all of their addresses, so that a body has
  /// one call for all points.
  llvm::SmallVector<llvm::AllocaInst*, 0> allocas;
  llvm::SmallVector<llvm::BasicBlock*, 0> labels; ///< what an indirectbr may jump to, in block order
  uint32_t labels_offset = 0; ///< in the buffer, of the address of the table of labels, if a point has any
  uint32_t buffer_bytes = 0;
};

/// The alignment of the buffer, which no value in it exceeds. With a larger one every frame of the function would
/// realign its stack, for a transfer that happens once.
inline constexpr uint32_t osr_buffer_align = 16;

/// Finds the loops of `canonical`, whose traits are `traits`, and what is live at each. O(body), most of it only if
/// there are loops.
OsrPoints find_osr_points(llvm::Function& canonical, const FunctionTraits& traits);

} // namespace ajit
