//===- check_placement.h - Where in a loop its check goes ---------------------------------------------------------===//
//
// At O0 the check goes into the header, or into the block that the header leads to where that serves as well. There it
// does not need the values that the phis get next. Above O0 the check goes on the back edge, because in the header it
// would hide the exit condition from loop rotation. docs/osr.md has the reasons at length.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "osr_points.h"
#include "tier.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/ValueMap.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace ajit {

/// A block that has been cut in two for a check.
struct CheckPlace {
  llvm::BasicBlock* check;   ///< has no terminator yet
  llvm::BasicBlock* rest;    ///< where execution goes on
  bool on_back_edge = false; ///< `rest` jumps to the header, whose phis have not got their next values yet
};

/// Makes places for the checks of one body.
class CheckPlacement {
public:
  /// `body` is a clone under `map`, which has to outlive this.
  CheckPlacement(llvm::Function& body, const llvm::ValueToValueMapTy& map) : body_(body), map_(map) {}

  /// The place for the check of the loop at `point` in code of `tier`.
  CheckPlace place(const OsrPoint& point, Tier tier);

  /// A place after the phis of `block`.
  CheckPlace split(llvm::BasicBlock& block);

private:
  llvm::BasicBlock* clone_of(const llvm::BasicBlock& block) const;
  llvm::BasicBlock* end_of(llvm::BasicBlock* block) const;
  CheckPlace split_back_edge(llvm::BasicBlock& header, const OsrPoint& point);

  llvm::Function& body_;
  const llvm::ValueToValueMapTy& map_;
  llvm::DenseMap<llvm::BasicBlock*, llvm::BasicBlock*> ends_; ///< from split blocks to their later parts
};

} // namespace ajit
