#include "compile_pool.h"
#include "compile_guard.h"
#include "module_source.h"
#include "warm_up.h"

namespace ajit {

llvm::Expected<ModuleCopy*> CompileContext::copy(const ModuleSource& source, unsigned ordinal) {
  if (copies_.size() <= ordinal) copies_.resize(ordinal + 1);
  std::unique_ptr<ModuleCopy>& place = copies_[ordinal];
  if (!place) {
    llvm::Expected<llvm::TargetMachine*> machine = compiler_.machine(Tier::O0);
    if (!machine) return machine.takeError();
    llvm::Expected<std::unique_ptr<ModuleCopy>> loaded =
        ModuleCopy::load(source, ordinal, context_, **machine, options_.debug_info);
    if (!loaded) return loaded.takeError();
    place = std::move(*loaded);
  }
  return place.get();
}

CompilePool::Lease CompilePool::borrow() {
  std::unique_ptr<CompileContext> context = take();
  return Lease(*this, context ? std::move(context) : std::make_unique<CompileContext>(target_, options_));
}

std::unique_ptr<CompileContext> CompilePool::take() {
  MutexLock lock(mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<CompileContext> context = std::move(idle_.back());
  idle_.pop_back();
  if (warm_) context->compiler().adopt(*warm_);
  warm_.reset();
  return context;
}

/// With a compiler of its own: a thread of the program that must compile finds the context that knows its modules.
void CompilePool::warm_up(Tier tier, llvm::function_ref<bool()> is_over) {
  auto compiler = std::make_unique<LlvmCompiler>(target_);
  if (run_guarded([&] { ajit::warm_up(*compiler, tier, is_over); })) {
    static_cast<void>(compiler.release()); // in whatever state it is
    return;
  }
  MutexLock lock(mutex_);
  warm_ = std::move(compiler);
}

void CompilePool::give_back(std::unique_ptr<CompileContext> context) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(context));
}

} // namespace ajit
