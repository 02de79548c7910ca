//===- osr_points.h - Where a running function can change over to another body ------------------------------------===//
//
// On-stack replacement moves a running activation from one body of a function into another in the middle of a loop. The
// places where it can do so are the loop headers of the canonical form, just after their phis. Bodies of all tiers and
// the continuations that take over from them are made from that one form, so that "the values that are live at the
// header" means the same in all of them, and no state has to be reconstructed.
//
// A loop is named by its index among the targets of back edges, in block order. Contexts that hold copies of one module
// agree on it, since the canonical form is deterministic; `LoopTraits::layout` lets the runtime check that they do.
//
// What has to go along to the other body:
//   - values: through a buffer in the frame that is left, at offsets that are computed here;
//   - the addresses of allocas in the entry block: as arguments (continuation.h says why);
//   - label addresses (computed goto), which are different in each body: through the buffer, together with the address
//     of a table of the labels of the body that they belong to, by which they are translated;
//   - saved stack pointers: not at all. The continuation saves its own, since those of the frame that is left would
//     destroy its own when restored. What it frees thereby is what it allocated itself; the rest lives as long as the
//     frame that is left, which stays below it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

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

inline constexpr uint32_t no_loop_around = UINT32_MAX;

/// One loop, as the runtime and its user know it.
struct LoopTraits {
  uint32_t line = 0;                ///< of the source, where the loop begins; 0 if unknown
  uint32_t depth = 0;               ///< 1: no loop around it
  uint32_t around = no_loop_around; ///< index of the next loop around it
  std::string excluded;             ///< why it has no OSR point; empty if it has one
  uint64_t layout = 0;              ///< hash over what is transferred at its point
};

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
  /// The block in the loop to which the header leads when it does not leave the loop; null unless executing the header
  /// again from its phis on would do no harm.
  llvm::BasicBlock* body = nullptr;
  /// Those to which a header that ends in an indirect jump leads within the loop, if they are entered from nowhere else
  /// and executing the header again would do no harm; empty otherwise.
  llvm::SmallVector<llvm::BasicBlock*, 0> targets;
  llvm::SmallVector<OsrValue, 0> values;
  llvm::SmallVector<llvm::Instruction*, 0> saved_stacks; ///< are not transferred but made anew
  llvm::SmallVector<llvm::AllocaInst*, 0> allocas;       ///< those of the function's that are used from here on
  bool has_labels = false;                               ///< some of `values` are label addresses
};

/// The loops of one canonical function.
struct OsrPoints {
  std::vector<LoopTraits> loops;
  std::vector<OsrPoint> points; ///< by loop; to be used where the loop is not excluded
  /// Those in the entry block that some point needs. Their addresses are passed at each point, so that a body has one
  /// call for all points.
  llvm::SmallVector<llvm::AllocaInst*, 0> allocas;
  llvm::SmallVector<llvm::BasicBlock*, 0> labels; ///< what an indirectbr may jump to, in block order
  uint32_t labels_offset = 0; ///< in the buffer, of the address of the table of labels, if a point has any
  uint32_t buffer_bytes = 0;
};

/// The buffer is aligned to this and no value in it to more: a larger alignment would have every frame of the function
/// realign its stack, for a transfer that happens once.
inline constexpr uint32_t osr_buffer_align = 16;

/// Finds the loops of `canonical`, whose traits are `traits`, and what is live at each. O(body), most of it only if
/// there are loops.
OsrPoints find_osr_points(llvm::Function& canonical, const FunctionTraits& traits);

} // namespace ajit
