//===- module_copy.h - A context's own, lazily loaded copy of a module --------------------------------------------===//
//
// LLVM's IR is bound to an LLVMContext and a context to one thread at a time. Cloning a module under a lock for each
// function costs O(module) per function (17 ms in a module of 3,000 functions); instead each compile context loads the
// module lazily (3 ms for sqlite3), and reads and canonicalises only the bodies it is asked for. All of this is
// deterministic, so two copies give the same unit for the same request.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"
#include "result.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringRef.h>
#include <memory>
#include <optional>
#include <vector>

namespace llvm {
class Function;
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace ajit {

class Canonicaliser;
class ModuleSource;

/// What a copy does with debug information.
enum class DebugInfo : uint8_t {
  drop, ///< bodies have none
  keep, ///< bodies have what the bitcode has (debug_info.h)
};

class ModuleCopy {
public:
  /// `source` and `context` outlive the copy. Reads the globals; O(globals).
  static llvm::Expected<std::unique_ptr<ModuleCopy>> load(const ModuleSource& source, unsigned ordinal,
                                                          llvm::LLVMContext& context, llvm::TargetMachine& machine,
                                                          DebugInfo debug_info = DebugInfo::drop);
  ~ModuleCopy();

  llvm::Module& module() { return *module_; }
  const ModuleIndex& index() const { return index_; }

  /// The canonical body of `symbol` (canonical_function.h), read on first use. Null if the module has no such body.
  /// Fails if the bitcode is damaged, each time with the first cause. This copy owns the function, which must not be
  /// changed.
  llvm::Expected<llvm::Function*> canonical(llvm::StringRef symbol);

  /// The source line of each loop of `canonical`, by index; empty if the bitcode has no lines.
  llvm::ArrayRef<uint32_t> loop_lines(llvm::Function& canonical) const;

private:
  ModuleCopy(const ModuleSource& source, std::unique_ptr<llvm::Module> module, ModuleIndex index,
             std::unique_ptr<Canonicaliser> canonicaliser, DebugInfo debug_info);

  /// Reads the body of `function`. If one function holds labels of another, reads all bodies, so that every copy knows
  /// the same about them.
  llvm::Error read(llvm::Function& function);

  const ModuleSource& source_;
  std::unique_ptr<llvm::Module> module_;
  ModuleIndex index_;
  std::unique_ptr<Canonicaliser> canonicaliser_;
  const DebugInfo debug_info_;
  /// Bodies that have been read; a refused one keeps its cause.
  llvm::DenseMap<llvm::Function*, std::optional<Failure>> done_;
  llvm::DenseMap<llvm::Function*, std::vector<uint32_t>> loop_lines_;
};

} // namespace ajit
