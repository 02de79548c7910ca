// Compilers that warm up before their first compile, and compiles that are cancelled.
#include "compile_gate.h"
#include "error.h"
#include "llvm_compiler.h"

#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Target/TargetMachine.h>

namespace ajit {
namespace {

using namespace llvm;

/// Sums up an array; the loop is vectorised.
std::unique_ptr<Module> summing(LLVMContext& context, TargetMachine& machine) {
  SMDiagnostic problem;
  std::unique_ptr<Module> unit = parseAssemblyString(R"(
    define i64 @sum(ptr %array, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %next, %loop ]
      %sum = phi i64 [ 0, %entry ], [ %more, %loop ]
      %place = getelementptr inbounds i64, ptr %array, i64 %i
      %element = load i64, ptr %place
      %more = add i64 %sum, %element
      %next = add nuw nsw i64 %i, 1
      %again = icmp slt i64 %next, %n
      br i1 %again, label %loop, label %done
    done:
      ret i64 %more
    })",
                                                     problem, context);
  EXPECT_TRUE(unit) << problem.getMessage().str();
  unit->setTargetTriple(machine.getTargetTriple().str());
  unit->setDataLayout(machine.createDataLayout());
  return unit;
}

std::string object_of(UnitCompiler& compiler, LLVMContext& context, function_ref<bool()> is_over = nullptr) {
  std::unique_ptr<Module> unit = summing(context, *cantFail(compiler.machine(Tier::O3)));
  CompileTimes times;
  auto object = compiler.compile(
      *unit, Tier::O3, times, [] {}, is_over);
  return object ? std::string(object->begin(), object->end()) : "error: " + toString(object.takeError());
}

TEST(WarmUp, CodeIsTheSameFromACompilerThatHasTakenOverWhatWasMadeReady) {
  LLVMContext context;
  LlvmCompilerFactory factory(TargetSpec::host());
  LlvmCompiler cold(TargetSpec::host());
  {
    const CompileGate::Inside inside;
    factory.warm_up(Tier::O3, [] { return false; });
  }
  std::unique_ptr<UnitCompiler> heir = factory.make(), next = factory.make();
  const std::string object = object_of(cold, context);
  EXPECT_GT(object.size(), 500u);
  EXPECT_EQ(object_of(*heir, context), object);
  EXPECT_EQ(object_of(*next, context), object);
}

TEST(WarmUp, ACompileEndsOnceItIsNotWantedAndTheCompilerStaysUsable) {
  LLVMContext context;
  LlvmCompiler compiler(TargetSpec::host());
  const std::string object = object_of(compiler, context);
  int asked = 0;
  EXPECT_EQ(object_of(compiler, context, [&] { return ++asked < 0; }), object);
  const int in_all = asked;
  EXPECT_GT(in_all, 50); // between passes
  for (const int after : {0, 1, in_all / 2, in_all - 3}) {
    asked = 0;
    EXPECT_EQ(object_of(compiler, context, [&] { return ++asked > after; }), "error: the code is no longer needed")
        << "after " << after << " of " << in_all;
  }
  EXPECT_EQ(object_of(compiler, context), object);
}

} // namespace
} // namespace ajit
