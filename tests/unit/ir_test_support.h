//===- ir_test_support.h - Modules for tests, from textual IR -----------------------------------------------------===//
#pragma once

#include "function_traits.h"
#include "llvm_compiler.h"
#include "module_copy.h"
#include "module_source.h"
#include "osr_points.h"
#include "unit.h"

#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>

#include <memory>
#include <string>

namespace ajit::test {

/// A module and the context it lives in.
class ParsedModule {
public:
  explicit ParsedModule(const std::string& text) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmParser();
    llvm::SMDiagnostic problem;
    module_ = llvm::parseAssemblyString("target triple = \"x86_64-pc-linux-gnu\"\n" + text, problem, context_);
    if (!module_) ADD_FAILURE() << "line " << problem.getLineNo() - 1 << ": " << problem.getMessage().str();
  }

  llvm::Module& operator*() { return *module_; }
  llvm::Module* operator->() { return module_.get(); }

private:
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

/// A module as the engine reads it, and all that compiling its units requires.
class ModuleFromText {
public:
  explicit ModuleFromText(const std::string& text, DebugInfo debug_info = DebugInfo::drop)
      : source_(llvm::cantFail(ModuleSource::from_buffer(llvm::MemoryBuffer::getMemBufferCopy(text), "test.ll"))),
        copy_(llvm::cantFail(
            ModuleCopy::load(*source_, 0, context_, *llvm::cantFail(compiler_.machine(Tier::O0)), debug_info))) {}

  ModuleCopy& operator*() { return *copy_; }
  LlvmCompiler& compiler() { return compiler_; }

private:
  llvm::LLVMContext context_;
  LlvmCompiler compiler_{TargetSpec::host()};
  std::unique_ptr<ModuleSource> source_;
  std::unique_ptr<ModuleCopy> copy_;
};

/// The unit with the one body of `function`.
inline Unit unit_of(ModuleCopy& copy, const std::string& function, Tier tier = Tier::O0) {
  UnitRequest request;
  request.tier = tier;
  request.functions.push_back({function, /*counted=*/false});
  return build_unit(copy, request);
}

inline OsrPoints points_of(llvm::Function& function) {
  return find_osr_points(function, ajit::function_traits(function));
}

/// A loop that no frame may leave for a continuation.
inline constexpr const char* loop_before_a_tail_call = R"(
  declare void @g(i1)
  define void @f(i1 %c) {
  entry:
    br label %loop
  loop:
    br i1 %c, label %loop, label %exit
  exit:
    musttail call void @g(i1 %c)
    ret void
  })";

} // namespace ajit::test
