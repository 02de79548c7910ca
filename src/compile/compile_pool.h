//===- compile_pool.h - Compile contexts, lent to the threads that compile ----------------------------------------===//
//
// A context is an LLVMContext with a lazy copy of each module and a code generator that is set up: all that one thread
// needs to compile any function of the program. A worker borrows one for a background compile, a thread of the program
// for a first call. The pool makes a context only when all others are lent, so it has as many as were used at once.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_copy.h"
#include "thread_annotations.h"
#include "unit_compiler.h"

#include <llvm/IR/LLVMContext.h>
#include <memory>
#include <vector>

namespace ajit {

class ModuleSource;

/// Which parts of the bitcode to keep that only people read. Reading and compiling them costs time.
struct CopyOptions {
  bool value_names = false;
  DebugInfo debug_info = DebugInfo::drop;
};

/// For one thread at a time.
class CompileContext {
public:
  CompileContext(std::unique_ptr<UnitCompiler> compiler, const CopyOptions& options)
      : options_(options), compiler_(std::move(compiler)) {
    context_.setDiscardValueNames(!options.value_names);
  }

  UnitCompiler& compiler() { return *compiler_; }

  /// See Lease::copy().
  llvm::Expected<ModuleCopy*> copy(const std::shared_ptr<const ModuleSource>& source, unsigned ordinal);

private:
  const CopyOptions options_;
  llvm::LLVMContext context_;
  const std::unique_ptr<UnitCompiler> compiler_;
  struct Loaded {
    std::shared_ptr<const ModuleSource> source;
    std::unique_ptr<ModuleCopy> copy;
  };
  std::vector<Loaded> modules_; ///< by ordinal; destroyed before the context they live in
};

/// Thread-safe.
class CompilePool {
public:
  CompilePool(std::unique_ptr<UnitCompilerFactory> factory, const CopyOptions& options)
      : factory_(std::move(factory)), options_(options) {}

  /// A borrowed context. The destructor returns it to the pool.
  class Lease {
  public:
    Lease(CompilePool& pool, std::unique_ptr<CompileContext> context) : pool_(&pool), context_(std::move(context)) {}
    ~Lease() {
      if (context_) pool_->give_back(std::move(context_));
    }
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    CompileContext* operator->() { return context_.get(); }
    /// The context's copy of the module with `ordinal`, loaded on first use. Shares ownership of `source` from then on.
    /// If LLVM gives up on the module, the context is abandoned.
    llvm::Expected<ModuleCopy*> copy(const std::shared_ptr<const ModuleSource>& source, unsigned ordinal);
    /// Gives up a context that a failure may have left inconsistent, and leaks its memory.
    void abandon() { static_cast<void>(context_.release()); }
    /// Destroys a sound context that holds what nothing will use, such as the types of a refused module.
    void discard() { context_.reset(); }

  private:
    CompilePool* pool_;
    std::unique_ptr<CompileContext> context_;
  };

  /// Prepares what the next compile at `tier` will need, until `is_over()` becomes true.
  void warm_up(Tier tier, llvm::function_ref<bool()> is_over);

  /// The context that was used last, as its caches are warm; a new one if all are lent.
  Lease borrow() AJIT_EXCLUDES(mutex_);

private:
  std::unique_ptr<CompileContext> take() AJIT_EXCLUDES(mutex_);
  void give_back(std::unique_ptr<CompileContext> context) AJIT_EXCLUDES(mutex_);

  const std::unique_ptr<UnitCompilerFactory> factory_; ///< destroyed after the contexts, whose compilers it made
  const CopyOptions options_;
  Mutex mutex_;
  std::vector<std::unique_ptr<CompileContext>> idle_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
