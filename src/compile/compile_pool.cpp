#include "compile_pool.h"
#include "compile_guard.h"
#include "error.h"
#include "module_source.h"

namespace ajit {

llvm::Expected<ModuleCopy*> CompileContext::copy(const std::shared_ptr<const ModuleSource>& source, unsigned ordinal) {
  if (modules_.size() <= ordinal) modules_.resize(ordinal + 1);
  Loaded& place = modules_[ordinal];
  if (!place.copy) {
    llvm::Expected<llvm::TargetMachine*> machine = compiler_->machine(Tier::O0);
    if (!machine) return machine.takeError();
    llvm::Expected<std::unique_ptr<ModuleCopy>> loaded =
        ModuleCopy::load(*source, ordinal, context_, **machine, options_.debug_info);
    if (!loaded) return loaded.takeError();
    place = {source, std::move(*loaded)};
  }
  return place.copy.get();
}

llvm::Expected<ModuleCopy*> CompilePool::Lease::copy(const std::shared_ptr<const ModuleSource>& source,
                                                     unsigned ordinal) {
  std::optional<llvm::Expected<ModuleCopy*>> copy;
  std::optional<std::string> failure = run_guarded([&] { copy.emplace(context_->copy(source, ordinal)); });
  if (!failure) return std::move(*copy);
  abandon();
  return make_typed<CompilerFault>("cannot read module: {}: {}", source->name(), *failure);
}

CompilePool::Lease CompilePool::borrow() {
  std::unique_ptr<CompileContext> context = take();
  return Lease(*this, context ? std::move(context) : std::make_unique<CompileContext>(factory_->make(), options_));
}

std::unique_ptr<CompileContext> CompilePool::take() {
  MutexLock lock(mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<CompileContext> context = std::move(idle_.back());
  idle_.pop_back();
  return context;
}

/// Uses no context, so that a thread of the program that must compile still finds the one that has its modules loaded.
void CompilePool::warm_up(Tier tier, llvm::function_ref<bool()> is_over) {
  // A failure loses what the warm-up was making. The compile that needs it meets the failure again and reports it.
  static_cast<void>(run_guarded([&] { factory_->warm_up(tier, is_over); }));
}

void CompilePool::give_back(std::unique_ptr<CompileContext> context) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(context));
}

} // namespace ajit
