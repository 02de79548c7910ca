//===- codegen_passed_allocas_test.cpp - What the optimiser knows of a continuation's allocas ---------------------===//
#include "ir_test_support.h"
#include "passed_alloca_aliases.h"
#include "tier_pipeline.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Target/TargetMachine.h>

namespace ajit {
namespace {

using llvm::AliasResult;

/// A loop that copies one element of `from` to all elements of `to`; both may be passed allocas.
std::string copying_loop(const std::string& attribute) {
  return "define void @f(ptr " + attribute + " %to, ptr " + attribute + R"( %from, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %next, %loop ]
      %x = load i64, ptr %from
      %place = getelementptr i64, ptr %to, i64 %i
      store i64 %x, ptr %place
      %next = add nuw nsw i64 %i, 1
      %more = icmp ult i64 %next, %n
      br i1 %more, label %loop, label %exit
    exit:
      ret void
    })";
}

bool reads_in_a_loop(const std::string& text) {
  test::ParsedModule module(text);
  LlvmCompiler compiler{TargetSpec::host()};
  run_pipeline(*module, Tier::O1, *llvm::cantFail(compiler.machine(Tier::O1)), nullptr);
  const llvm::Function& function = *module->getFunction("f");
  return llvm::any_of(llvm::instructions(function), [](const llvm::Instruction& instruction) {
    return llvm::isa<llvm::StoreInst>(instruction) &&
           llvm::any_of(*instruction.getParent(),
                        [](const llvm::Instruction& other) { return llvm::isa<llvm::LoadInst>(other); });
  });
}

TEST(PassedAllocas, ALoopThatFillsOneDoesNotReadTheOtherAgain) {
  EXPECT_TRUE(reads_in_a_loop(copying_loop("")));
  EXPECT_FALSE(reads_in_a_loop(copying_loop("\"ajit-passed-alloca\"")));
}

TEST(PassedAllocas, OnlyTwoOfThemAndGlobalsAreKnownToBeApart) {
  test::ParsedModule module(R"(
    @global = global i64 0
    define void @f(ptr "ajit-passed-alloca" %a, ptr "ajit-passed-alloca" %b, ptr %any) {
      %in_a = getelementptr i8, ptr %a, i64 8
      %loaded = load ptr, ptr %any
      ret void
    })");
  llvm::Function& f = *module->getFunction("f");
  auto place = [](llvm::Value* pointer) { return llvm::MemoryLocation::getBeforeOrAfter(pointer); };
  llvm::Value *a = f.getArg(0), *b = f.getArg(1), *any = f.getArg(2), *in_a = &f.getEntryBlock().front();
  llvm::Value *loaded = f.getEntryBlock().front().getNextNode(), *global = module->getNamedGlobal("global");
  const llvm::TargetLibraryInfoImpl library_functions;
  const llvm::TargetLibraryInfo library(library_functions);
  llvm::AAResults none(library);
  llvm::SimpleAAQueryInfo query(none);
  PassedAllocaAliases aliases;
  auto apart = [&](llvm::Value* one, llvm::Value* other) {
    const AliasResult result = aliases.alias(place(one), place(other), query, nullptr);
    EXPECT_EQ(result, aliases.alias(place(other), place(one), query, nullptr));
    return result == AliasResult::NoAlias;
  };
  EXPECT_TRUE(apart(a, b));
  EXPECT_TRUE(apart(in_a, b));
  EXPECT_TRUE(apart(a, global));
  EXPECT_FALSE(apart(a, in_a));
  EXPECT_FALSE(apart(a, any));
  EXPECT_FALSE(apart(a, loaded));
  EXPECT_FALSE(apart(any, global));
}

} // namespace
} // namespace ajit
