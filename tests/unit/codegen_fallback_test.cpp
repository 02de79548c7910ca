// A code generator may support common cases only: LLVM compiles the units for which it returns Unsupported.
#include "error.h"
#include "fallback_compiler.h"
#include "ir_test_support.h"

namespace ajit {
namespace {

/// Supports only units whose functions have a single block. It stands in for another code generator and compiles with
/// LLVM at O0.
class Baseline final : public UnitCompiler {
public:
  explicit Baseline(int& compiled) : compiled_(compiled) {}

  llvm::Expected<ObjectBytes> compile(llvm::Module& unit, Tier, CompileTimes& times, llvm::function_ref<void()> inspect,
                                      llvm::function_ref<bool()> is_over) override {
    for (const llvm::Function& function : unit)
      if (function.size() > 1) return make_typed<Unsupported>("{} has a branch", function.getName().str());
    ++compiled_;
    return llvm_.compile(unit, Tier::O0, times, inspect, is_over);
  }
  llvm::Expected<std::string> assembly(llvm::Module&, Tier) override { return make_typed<Unsupported>("no printer"); }
  llvm::Expected<llvm::TargetMachine*> machine(Tier tier) override { return llvm_.machine(tier); }

private:
  LlvmCompiler llvm_{TargetSpec::host()};
  int& compiled_;
};

class BaselineFactory final : public UnitCompilerFactory {
public:
  explicit BaselineFactory(int& compiled) : compiled_(compiled) {}
  std::unique_ptr<UnitCompiler> make() override { return std::make_unique<Baseline>(compiled_); }
  void warm_up(Tier, llvm::function_ref<bool()>) override {}

private:
  int& compiled_;
};

class Fallback : public testing::Test {
protected:
  ObjectBytes compile(const std::string& text) {
    test::ModuleFromText module(text);
    Unit unit = test::unit_of(*module, "f");
    CompileTimes times;
    return llvm::cantFail(compiler_->compile(
        *unit.module, Tier::O0, times, [this] { ++inspected_; }, nullptr));
  }

  int baseline_ = 0, inspected_ = 0;
  FallbackCompilerFactory factory_{std::make_unique<BaselineFactory>(baseline_),
                                   std::make_unique<LlvmCompilerFactory>(TargetSpec::host())};
  std::unique_ptr<UnitCompiler> compiler_ = factory_.make();
};

TEST_F(Fallback, TheFirstCompilerGetsWhatItSupports) {
  EXPECT_FALSE(compile("define i64 @f(i64 %x) { ret i64 %x }").empty());
  EXPECT_EQ(baseline_, 1);
  EXPECT_EQ(inspected_, 1);
}

TEST_F(Fallback, TheSecondTakesOverWhatTheFirstDoesNotSupport) {
  EXPECT_FALSE(compile(R"(
    declare void @g()
    define i64 @f(i1 %c) {
      br i1 %c, label %yes, label %no
    yes:
      call void @g()
      br label %no
    no:
      ret i64 1
    })")
                   .empty());
  EXPECT_EQ(baseline_, 0);
  EXPECT_EQ(inspected_, 1) << "once: by the compiler that makes the object";
}

TEST_F(Fallback, AssemblyToo) {
  test::ModuleFromText module("define i64 @f(i64 %x) { ret i64 %x }");
  Unit unit = test::unit_of(*module, "f");
  EXPECT_NE(llvm::cantFail(compiler_->assembly(*unit.module, Tier::O0)).find("f$O0"), std::string::npos);
}

} // namespace
} // namespace ajit
