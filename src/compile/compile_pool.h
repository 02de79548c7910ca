//===- compile_pool.h - Compile contexts, borrowed by whoever must compile ----------------------------------------===//
//
// A context is an LLVMContext with a lazy copy of each module and code generators that are set up: what one thread
// needs to compile anything of the program. A worker borrows one for a background compile, a thread of the program for
// a first call. There are as many as were ever needed at once.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "llvm_compiler.h"
#include "module_copy.h"
#include "thread_annotations.h"

#include <llvm/IR/LLVMContext.h>
#include <memory>
#include <vector>

namespace ajit {

class ModuleSource;

/// What of the bitcode only people read, and what reading and compiling it would cost.
struct CopyOptions {
  bool value_names = false;
  DebugInfo debug_info = DebugInfo::drop;
};

/// One thread at a time.
class CompileContext {
public:
  CompileContext(const TargetSpec& target, const CopyOptions& options) : options_(options), compiler_(target) {
    context_.setDiscardValueNames(!options.value_names);
  }

  LlvmCompiler& compiler() { return compiler_; }

  /// This context's copy of the module of `ordinal`, loaded on first use.
  llvm::Expected<ModuleCopy*> copy(const ModuleSource& source, unsigned ordinal);

  /// Drops the copy of a module that was not added after all.
  void forget(unsigned ordinal) { copies_[ordinal].reset(); }

private:
  const CopyOptions options_;
  llvm::LLVMContext context_;
  LlvmCompiler compiler_;
  std::vector<std::unique_ptr<ModuleCopy>> copies_; ///< by ordinal; destroyed before the context they live in
};

/// Thread-safe.
class CompilePool {
public:
  CompilePool(TargetSpec target, const CopyOptions& options) : target_(std::move(target)), options_(options) {}

  const TargetSpec& target() const { return target_; }

  /// A borrowed context; goes back to the pool at the end.
  class Lease {
  public:
    Lease(CompilePool& pool, std::unique_ptr<CompileContext> context) : pool_(&pool), context_(std::move(context)) {}
    ~Lease() {
      if (context_) pool_->give_back(std::move(context_));
    }
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    CompileContext* operator->() { return context_.get(); }
    /// For a context that a failure may have left inconsistent: it is not used again. Its memory is lost.
    void abandon() { static_cast<void>(context_.release()); }

  private:
    CompilePool* pool_;
    std::unique_ptr<CompileContext> context_;
  };

  /// Makes the next borrower's context ready for compiles at `tier`, as far as it gets before `is_over()` becomes true.
  void warm_up(Tier tier, llvm::function_ref<bool()> is_over) AJIT_EXCLUDES(mutex_);

  /// The context that was used last, as its caches are warm; a new one if all are lent.
  Lease borrow() AJIT_EXCLUDES(mutex_);

private:
  std::unique_ptr<CompileContext> take() AJIT_EXCLUDES(mutex_);
  void give_back(std::unique_ptr<CompileContext> context) AJIT_EXCLUDES(mutex_);

  const TargetSpec target_;
  const CopyOptions options_;
  Mutex mutex_;
  std::vector<std::unique_ptr<CompileContext>> idle_ AJIT_GUARDED_BY(mutex_);
  std::unique_ptr<LlvmCompiler> warm_ AJIT_GUARDED_BY(mutex_); ///< whose code generators the next borrower gets
};

} // namespace ajit
