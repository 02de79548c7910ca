//===- object_compiler.h - One stamped object per function and tier -----------------------------------------------===//
//
// This compiles the same units as the JIT, from the same canonical form through the same pipelines, for another target.
// Two things differ. The kernel's entry stub counts calls, so bodies do not. And every object ends with a stamp that
// says what it was made from and for.
//
// An object's source is the program's whole bitcode and the function's symbol. The function's own bitcode would not be
// enough: from O1 on a unit holds copies of its callees. An object is out of date when an inlined callee has changed.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_pool.h"
#include "module_index.h"
#include "unit_order.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

class ModuleSource;

struct CompiledUnit;

/// The bytes of an object file with its stamp.
using StampedObject = std::vector<uint8_t>;

/// Whether and how far a function changes tier.
struct FunctionPlan {
  std::string pinned;        ///< why it keeps its first body for good; empty if it changes tier
  bool body_in_data = false; ///< that body is in the data object
};

/// For one thread at a time.
class ObjectCompiler {
public:
  /// Fails if `source` is not for this target.
  static llvm::Expected<std::unique_ptr<ObjectCompiler>> create(std::shared_ptr<const ModuleSource> source);
  ~ObjectCompiler();

  const ModuleIndex& index() const;

  /// The object of the global variables and the constructor table; empty without both. Call it first: it finds out
  /// which functions have their only body in this object.
  llvm::Expected<StampedObject> compile_data();

  /// Fails if the bitcode of the function is damaged.
  llvm::Expected<FunctionPlan> plan(const std::string& symbol);

  /// An object that defines the function's body at `tier`. If that body is in the data object, and `tier` is O0, the
  /// object only jumps there.
  llvm::Expected<StampedObject> compile(const std::string& symbol, Tier tier);

  /// The source hash in the stamps of the function's objects; for an empty symbol, in the data object's.
  uint64_t source_hash(const std::string& symbol) const;

private:
  explicit ObjectCompiler(std::shared_ptr<const ModuleSource> source);
  llvm::Expected<StampedObject> compile_body(const std::string& symbol, Tier tier);
  /// An object that jumps from the body that `symbol` should have at O0 to `body`.
  llvm::Expected<StampedObject> compile_jump(const std::string& symbol, const std::string& body);

  const std::shared_ptr<const ModuleSource> source_;
  const uint64_t program_hash_;
  CompilePool pool_;
  CompilePool::Lease context_;                        ///< of pool_
  ModuleCopy* copy_ = nullptr;                        ///< in context_
  std::map<std::string, std::string> bodies_in_data_; ///< symbol of the function -> of the body
};

} // namespace ajit
