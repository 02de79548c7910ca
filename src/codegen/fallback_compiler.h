//===- fallback_compiler.h - LLVM compiles what a baseline compiler does not support ------------------------------===//
//
// A baseline compiler gains its speed by leaving out what is rare. It answers Unsupported for a unit that it cannot
// compile, and the second compiler, LLVM's, compiles that unit. So every unit is compiled, and its user need not know
// which of the two compiled it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "unit_compiler.h"

namespace ajit {

class FallbackCompiler final : public UnitCompiler {
public:
  /// `second` describes the target and supports every unit.
  FallbackCompiler(std::unique_ptr<UnitCompiler> first, std::unique_ptr<UnitCompiler> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  llvm::Expected<ObjectBytes> compile(
      llvm::Module& unit, Tier tier, CompileTimes& times, llvm::function_ref<void()> inspect = [] {},
      llvm::function_ref<bool()> is_over = nullptr) override;
  llvm::Expected<std::string> assembly(llvm::Module& unit, Tier tier) override;
  llvm::Expected<llvm::TargetMachine*> machine(Tier tier) override { return second_->machine(tier); }

private:
  const std::unique_ptr<UnitCompiler> first_;
  const std::unique_ptr<UnitCompiler> second_;
};

class FallbackCompilerFactory final : public UnitCompilerFactory {
public:
  FallbackCompilerFactory(std::unique_ptr<UnitCompilerFactory> first, std::unique_ptr<UnitCompilerFactory> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::unique_ptr<UnitCompiler> make() override {
    return std::make_unique<FallbackCompiler>(first_->make(), second_->make());
  }
  void warm_up(Tier tier, llvm::function_ref<bool()> is_over) override;

private:
  const std::unique_ptr<UnitCompilerFactory> first_;
  const std::unique_ptr<UnitCompilerFactory> second_;
};

} // namespace ajit
