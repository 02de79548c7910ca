//===- continuation.h - A body that begins in the middle of a loop ------------------------------------------------===//
//
//     R main$O3$loop2(ptr buffer, ptr alloca0, …)
//
// takes over an activation at the header of a loop, from a body or from another continuation, and returns what the
// function would have returned. It is made from a clone of the canonical function in these steps:
//
//   1. A new entry block loads the live values from the buffer. Cloning replaces arguments by their loads.
//   2. Allocas are passed, copied or made anew (passed_allocas.h).
//   3. The loops around the entered one are copied, so that all stay natural (loop_nest_clone.h).
//   4. The new entry jumps to the header, whose phis get the loaded values. Blocks that are then unreachable are
//      deleted.
//   5. Values that are defined in the entry and again later are put back into SSA form.
//   6. Some pointers become `noalias` arguments of an inner function, which is inlined at once (known_objects.h): those
//      to memory from malloc or new that has not escaped, and those derived from a `noalias` argument (`restrict` in
//      C). LLVM has no other way to say of a loaded pointer what was known of the value it came from. (Without it, LU
//      decomposition with an array of row pointers read these again after each store, and took twice the time.)
//
// Step 5 uses LLVM's SSAUpdater for the few values concerned. Rejected: demoting them to the stack and promoting them
// again, which does the same with a load and a store for every use.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "known_objects.h"
#include "osr_points.h"
#include "passed_allocas.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace llvm {
class DbgVariableRecord;
class Module;
} // namespace llvm

namespace ajit {

struct LoopNestCopies;

class ContinuationBuilder {
public:
  /// Creates the function, named `name`, in `unit`, for the loop of `point` in `canonical`. `points` are all points of
  /// `canonical`. `body_of` outlives the builder.
  ContinuationBuilder(llvm::Function& canonical, const OsrPoints& points, const OsrPoint& point, llvm::Module& unit,
                      llvm::StringRef name, PointerFlow::BodyOf body_of);

  llvm::Function& function() { return *function_; }

  /// The block for static allocas of the continuation's own.
  llvm::BasicBlock& entry() { return *entry_; }

  /// Maps the canonical function's arguments. Call this before cloning the body into function().
  void map_arguments(llvm::ValueToValueMapTy& map);

  /// Turns the cloned body, including anything inserted into it since, into the continuation. `map` is that of the
  /// clone. Fails if the body uses a value that was not transferred, which would be a bug in ajit.
  llvm::Error finish(llvm::ValueToValueMapTy& map);

private:
  llvm::Function* create_function();
  void hand_over_objects();
  void set_attributes();
  void load_values();
  void translate_labels(llvm::ValueToValueMapTy& map);
  void take_over_allocas(llvm::ValueToValueMapTy& map);
  /// Records in the new entry where `variables` are, if only `dead` blocks say so.
  void show_variables(llvm::ArrayRef<llvm::DbgVariableRecord*> variables, const llvm::ValueToValueMapTy& map,
                      llvm::ArrayRef<llvm::BasicBlock*> dead);
  llvm::Value* take_over(llvm::AllocaInst& alloca, AllocaTreatment treatment, llvm::Argument& address);
  void enter(llvm::ValueToValueMapTy& map, const LoopNestCopies& nest);
  void repair(llvm::ValueToValueMapTy& map, const LoopNestCopies& nest);

  llvm::Function& canonical_;
  const OsrPoints& points_;
  const OsrPoint& point_;
  llvm::Module& unit_;
  llvm::StringRef name_;
  PointerFlow::BodyOf body_of_;
  llvm::SmallVector<PointersToObject> objects_;
  llvm::Function* function_;
  llvm::BasicBlock* entry_;
  llvm::BasicBlock* entered_from_; ///< the last block before the loop: entry_, unless labels are translated
  /// From canonical values to the counterparts that the new entry loads or makes.
  llvm::DenseMap<const llvm::Value*, llvm::Value*> entering_;
};

} // namespace ajit
