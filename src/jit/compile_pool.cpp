#include "compile_pool.h"
#include "module_source.h"

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
  {
    MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<CompileContext> context = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(context));
    }
  }
  return Lease(*this, std::make_unique<CompileContext>(target_, options_));
}

void CompilePool::give_back(std::unique_ptr<CompileContext> context) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(context));
}

} // namespace ajit
