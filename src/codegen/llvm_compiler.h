//===- llvm_compiler.h - LLVM's pass pipelines and code generator as a UnitCompiler -------------------------------===//
//
// Setting up the code generator, some sixty passes and their analyses, is a fifth to a third of what a small unit costs
// at O0. One legacy pass manager may run over many modules in turn (llc's -compile-twice does that), so each compiler
// makes one per tier and keeps it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_features.h"
#include "target_spec.h"
#include "thread_annotations.h"
#include "unit_compiler.h"

#include <array>

namespace ajit {

/// A tier's target machine and the code generator's pass manager.
struct LlvmEmitter;

class LlvmCompilerFactory;

class LlvmCompiler final : public UnitCompiler {
public:
  /// Borrows `factory` and takes its warm emitters before it makes its own. If null, it makes all of them.
  explicit LlvmCompiler(TargetSpec spec, LlvmCompilerFactory* factory = nullptr);
  ~LlvmCompiler() override;

  llvm::Expected<ObjectBytes> compile(
      llvm::Module& unit, Tier tier, CompileTimes& times, llvm::function_ref<void()> inspect = [] {},
      llvm::function_ref<bool()> is_over = nullptr) override;
  llvm::Expected<std::string> assembly(llvm::Module& unit, Tier tier) override;
  llvm::Expected<llvm::TargetMachine*> machine(Tier tier) override;

private:
  llvm::Expected<LlvmEmitter*> emitter(Tier tier);

  const TargetSpec spec_;
  FunctionFeatures features_;
  LlvmCompilerFactory* const factory_;
  std::array<std::unique_ptr<LlvmEmitter>, tier_count> emitters_;
};

class LlvmCompilerFactory final : public UnitCompilerFactory {
public:
  explicit LlvmCompilerFactory(TargetSpec spec);
  ~LlvmCompilerFactory() override;

  std::unique_ptr<UnitCompiler> make() override;
  /// To be called inside the compile gate. Makes an emitter, which the next compiler that needs one for `tier` takes.
  void warm_up(Tier tier, llvm::function_ref<bool()> is_over) override AJIT_EXCLUDES(mutex_);

  /// A warm emitter for `tier`, or null.
  std::unique_ptr<LlvmEmitter> take(Tier tier) AJIT_EXCLUDES(mutex_);

private:
  void keep(Tier tier, std::unique_ptr<LlvmEmitter> emitter) AJIT_EXCLUDES(mutex_);

  const TargetSpec spec_;
  Mutex mutex_;
  std::array<std::unique_ptr<LlvmEmitter>, tier_count> warm_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
