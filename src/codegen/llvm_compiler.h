//===- llvm_compiler.h - LLVM's pass pipelines and code generator as a UnitCompiler -------------------------------===//
//
// A fifth to a third of what a small unit costs at O0 is setting up the code generator: some sixty passes and their
// analyses. The legacy pass manager may run over one module after another (llc's -compile-twice does), so each tier's
// is made once and kept.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "target_spec.h"
#include "unit_compiler.h"

#include <array>

namespace ajit {

class LlvmCompiler final : public UnitCompiler {
public:
  explicit LlvmCompiler(TargetSpec spec);
  ~LlvmCompiler() override;

  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compile(
      llvm::Module& unit, Tier tier, CompileTimes& times, llvm::function_ref<void()> inspect = [] {},
      llvm::function_ref<bool()> is_over = nullptr) override;
  llvm::Expected<std::string> assembly(llvm::Module& unit, Tier tier) override;

  /// The target machine of `tier`; lives as long as the compiler.
  llvm::Expected<llvm::TargetMachine*> machine(Tier tier);

  /// Takes over the code generators of `other` that this one has not set up yet.
  void adopt(LlvmCompiler& other);

private:
  struct Emitter;
  llvm::Expected<Emitter*> emitter(Tier tier);

  TargetSpec spec_;
  std::array<std::unique_ptr<Emitter>, tier_count> emitters_;
};

} // namespace ajit
