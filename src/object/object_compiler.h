//===- object_compiler.h - One stamped object per function and tier -----------------------------------------------===//
//
// The same units as the JIT's, from the same canonical form through the same pipelines, for another target. What
// differs is what the machine at the other end does: calls are counted by the kernel's entry stub and not by the body,
// and every object ends with a stamp that says what it was made from and for.
//
// An object's source is the program's whole bitcode and the function's symbol, not the function alone: from O1 on a
// unit holds copies of its callees, and an object whose inlined callee has since changed must not pass for current.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "llvm_compiler.h"
#include "module_index.h"

#include <cstdint>
#include <llvm/IR/LLVMContext.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

class ModuleCopy;
class ModuleSource;

/// The bytes of an object file.
using ObjectBytes = std::vector<uint8_t>;

/// Whether and how far a function changes tier.
struct FunctionPlan {
  std::string pinned;        ///< why it keeps its first body for good; empty if it does not
  bool body_in_data = false; ///< that body is in the data object
};

/// One thread at a time.
class ObjectCompiler {
public:
  /// `source` outlives the compiler. Fails if it is not for this target.
  static llvm::Expected<std::unique_ptr<ObjectCompiler>> create(const ModuleSource& source);
  ~ObjectCompiler();

  const ModuleIndex& index() const;

  /// The object of the global variables and the calls of constructors; empty if there are none. Must come first: it
  /// finds out which functions have their only body in it.
  llvm::Expected<ObjectBytes> compile_data();

  /// Fails if the bitcode of the function is damaged.
  llvm::Expected<FunctionPlan> plan(const std::string& symbol);

  /// An object that defines the function's body at `tier`. For a function with its body in the data object, and tier
  /// O0, one that jumps there.
  llvm::Expected<ObjectBytes> compile(const std::string& symbol, Tier tier);

  /// What the stamps of the function's objects say they were made from; with an empty symbol, the data object's.
  uint64_t source_hash(const std::string& symbol) const;

private:
  explicit ObjectCompiler(const ModuleSource& source);
  llvm::Expected<ObjectBytes> emit(llvm::Module& unit, Tier tier, uint8_t stamp_tier, uint64_t source_hash);
  std::unique_ptr<llvm::Module> jump_to_data(const std::string& symbol);

  uint64_t program_hash_;
  LlvmCompiler compiler_;
  llvm::LLVMContext context_;
  std::unique_ptr<ModuleCopy> copy_;                                ///< in context_
  std::vector<std::pair<std::string, std::string>> bodies_in_data_; ///< function, body
};

} // namespace ajit
