//===- continuation.h - A body that begins in the middle of a loop ------------------------------------------------===//
//
//     R main$O3$loop2(ptr buffer, ptr alloca0, …)
//
// takes over an activation at the header of a loop, from a body or from another continuation, and returns what the
// function would have returned. It is made from a clone of the canonical function in these steps:
//
//   1. A new entry block loads the live values from the buffer; arguments become their loads while cloning.
//   2. Allocas are passed, copied or made anew (passed_allocas.h).
//   3. The loops around the entered one are copied, so that all stay natural (loop_nest_clone.h).
//   4. The new entry jumps to the header, whose phis get the loaded values; what cannot be reached from there goes.
//   5. Values that are defined in the entry and again later are put back into SSA form.
//
//   6. Memory from malloc or new that nobody else knows of, and what a `noalias` argument (`restrict` in C) points to,
//      is handed to a function of its own, which is inlined at once, as a `noalias` argument (known_objects.h): the one
//      way to say of a pointer that is loaded what was known of the value it came from. (LU decomposition with an array
//      of row pointers: row pointers were read again after each store, twice the time.)
//
// Step 5 uses LLVM's SSAUpdater for the values concerned, which are few. Demoting them to the stack and promoting them
// again does the same with a load and a store for every use.
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
  /// Creates the function, named `name`, in `unit`, for the loop of `point` in `canonical`; `points` are the
  /// function's. `body_of` outlives the builder.
  ContinuationBuilder(llvm::Function& canonical, const OsrPoints& points, const OsrPoint& point, llvm::Module& unit,
                      llvm::StringRef name, PointerFlow::BodyOf body_of);

  llvm::Function& function() { return *function_; }

  /// The block that is to hold static allocas of the continuation's own.
  llvm::BasicBlock& entry() { return *entry_; }

  /// Maps the canonical function's arguments. Before the body is cloned into function().
  void map_arguments(llvm::ValueToValueMapTy& map);

  /// Turns the cloned body, with whatever was inserted into it since, into the continuation. `map` is that of the
  /// clone. Fails if a value is used that was not transferred, which would be an error of ours.
  llvm::Error finish(llvm::ValueToValueMapTy& map);

private:
  llvm::Function* create_function();
  void hand_over_objects();
  void set_attributes();
  void load_values();
  void translate_labels(llvm::ValueToValueMapTy& map);
  void take_over_allocas(llvm::ValueToValueMapTy& map);
  /// Says in the new entry where `variables` are that only `dead` blocks told of.
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
  /// Of a canonical value: its counterpart that the new entry loads or makes.
  llvm::DenseMap<const llvm::Value*, llvm::Value*> entering_;
};

} // namespace ajit
