//===- ir_continuation_test.cpp - What a continuation looks like --------------------------------------------------===//
#include "ir_osr_test_support.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <set>

namespace ajit::test {
namespace {

using namespace llvm;

constexpr const char* product = R"(
  define i64 @run(i64 %n) { call void @f(ptr null, ptr null, ptr null, i64 %n)  ret i64 0 }
  define void @f(ptr noalias noundef nonnull align 8 dereferenceable(64) %a, ptr noalias dereferenceable_or_null(16) %b,
                  ptr noalias %c, i64 %n) {
  entry:
    br label %rows
  rows:
    %i = phi i64 [ 0, %entry ], [ %i1, %row.end ]
    %in = mul nsw i64 %i, %n
    br label %columns
  columns:
    %j = phi i64 [ 0, %rows ], [ %j1, %column.end ]
    br label %sum
  sum:
    %k = phi i64 [ 0, %columns ], [ %k1, %sum ]
    %s = phi i64 [ 0, %columns ], [ %s1, %sum ]
    %ai = add nsw i64 %in, %k
    %ap = getelementptr inbounds i64, ptr %a, i64 %ai
    %x = load i64, ptr %ap
    %bp = getelementptr inbounds i64, ptr %b, i64 %k
    %y = load i64, ptr %bp
    %xy = mul i64 %x, %y
    %s1 = add i64 %s, %xy
    %k1 = add nuw nsw i64 %k, 1
    %kc = icmp slt i64 %k1, %n
    br i1 %kc, label %sum, label %column.end
  column.end:
    %ci = add nsw i64 %in, %j
    %cp = getelementptr inbounds i64, ptr %c, i64 %ci
    store i64 %s1, ptr %cp
    %j1 = add nuw nsw i64 %j, 1
    %jc = icmp slt i64 %j1, %n
    br i1 %jc, label %columns, label %row.end
  row.end:
    %i1 = add nuw nsw i64 %i, 1
    %ic = icmp slt i64 %i1, %n
    br i1 %ic, label %rows, label %exit
  exit:
    ret void
  })";

/// The depths of the loops of `function`, each once per loop.
std::multiset<unsigned> depths(Function& function) {
  DominatorTree dominators(function);
  LoopInfo loops(dominators);
  std::multiset<unsigned> result;
  for (Loop* loop : loops.getLoopsInPreorder())
    result.insert(loop->getLoopDepth());
  return result;
}

TEST(Continuation, LoopsAroundTheEnteredOneStayNaturalLoops) {
  OsrProgram program(product);
  // Innermost: its rest; the rest of the middle one with the inner one in it; all three.
  EXPECT_EQ(depths(*body(program.build(Tier::O3, 2, false))), (std::multiset<unsigned>{1, 1, 2, 1, 2, 3}));
  EXPECT_EQ(depths(*body(program.build(Tier::O3, 1, false))), (std::multiset<unsigned>{1, 2, 1, 2, 3}));
  EXPECT_EQ(depths(*body(program.build(Tier::O3, 0, false))), (std::multiset<unsigned>{1, 2, 3}));
}

TEST(Continuation, InnermostLoopIsVectorisedWhereverItWasEntered) {
  OsrProgram program(product);
  LlvmCompiler compiler(TargetSpec::host());
  for (uint32_t loop = 0; loop != 3; ++loop) {
    Unit unit = program.build(Tier::O3, loop, false);
    CompileTimes times;
    unsigned vectors = 0;
    cantFail(compiler.compile(*unit.module, Tier::O3, times, [&] {
      for (const Instruction& instruction : instructions(*body(unit)))
        vectors += instruction.getOpcode() == Instruction::Mul && instruction.getType()->isVectorTy();
    }));
    EXPECT_GT(vectors, 0u) << "loop " << loop;
  }
}

TEST(Continuation, IsNamedAfterItsLoopAndTakesTheBuffer) {
  OsrProgram program(product);
  Unit unit = program.build(Tier::O3, 1, false);
  EXPECT_EQ(unit.bodies[0].symbol, "f$O3$loop1");
  EXPECT_EQ(unit.bodies[0].loops.size(), 3u);
  Function* function = entry(unit);
  EXPECT_EQ(function->arg_size(), 1u);
  EXPECT_EQ(function->getCallingConv(), CallingConv::C);
}

TEST(Continuation, WhatIsKnownOfAnArgumentIsKnownOfItsLoad) {
  OsrProgram program(product);
  Unit unit = program.build(Tier::O3, 2, false);
  Function* outer = entry(unit);
  auto is_pointer_load = [](const Instruction& instruction) {
    return isa<LoadInst>(instruction) && instruction.getType()->isPointerTy();
  };
  auto at = std::find_if(inst_begin(outer), inst_end(outer), is_pointer_load);
  const Instruction& first = *at;
  const Instruction& second = *std::find_if(++at, inst_end(outer), is_pointer_load);
  EXPECT_TRUE(first.hasMetadata(LLVMContext::MD_nonnull));
  EXPECT_TRUE(first.hasMetadata(LLVMContext::MD_noundef));
  EXPECT_TRUE(first.hasMetadata(LLVMContext::MD_align));
  EXPECT_TRUE(first.hasMetadata(LLVMContext::MD_dereferenceable));
  EXPECT_TRUE(second.hasMetadata(LLVMContext::MD_dereferenceable_or_null));
}

TEST(Continuation, CallsToTheFunctionItselfGoThroughItsStub) {
  OsrProgram program(R"(
    define i64 @f(i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ %n, %entry ], [ %i1, %next ]
      %s = phi i64 [ 0, %entry ], [ %s1, %next ]
      %c = icmp sgt i64 %i, 0
      br i1 %c, label %next, label %exit
    next:
      %i1 = sub i64 %i, 1
      %x = call i64 @f(i64 %i1)
      %s1 = add i64 %s, %x
      br label %loop
    exit:
      %r = add i64 %s, 1
      ret i64 %r
    })");
  Unit unit = program.build(Tier::O3, 0, false);
  unsigned calls = 0;
  for (const Instruction& instruction : instructions(*body(unit)))
    if (auto* call = dyn_cast<CallBase>(&instruction)) {
      EXPECT_EQ(call->getCalledFunction(), unit.module->getFunction("f"));
      ++calls;
    }
  EXPECT_EQ(calls, 1u);
  // Frames of several tiers at once.
  expect_same_everywhere(program, 6, 5);
}

TEST(Continuation, AllocasArePassedCopiedOrMadeAnew) {
  OsrProgram program(R"(
    declare void @g(ptr)
    declare void @llvm.lifetime.start.p0(i64, ptr)
    declare void @llvm.lifetime.end.p0(i64, ptr)
    define i64 @run(i64 %n) { call void @f(i64 %n)  ret i64 0 }
    define void @f(i64 %n) {
    entry:
      %captured = alloca i64
      %copied = alloca [10 x i64], align 16
      %large = alloca [100000 x i64], align 16
      %dead = alloca i64
      call void @g(ptr %captured)
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      call void @llvm.lifetime.start.p0(i64 8, ptr %dead)
      call void @g(ptr %dead)
      call void @llvm.lifetime.end.p0(i64 8, ptr %dead)
      %x = load i64, ptr %captured
      %p = getelementptr i64, ptr %copied, i64 %i
      store i64 %x, ptr %p
      %q = getelementptr i64, ptr %large, i64 %i
      store i64 %x, ptr %q
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      ret void
    })");
  Unit unit = program.build(Tier::O3, 0, false);
  Function* function = body(unit);
  ASSERT_EQ(function->arg_size(), 5u);
  EXPECT_FALSE(function->getArg(1)->hasNoAliasAttr()) << "captured";
  EXPECT_FALSE(function->getArg(1)->use_empty());
  EXPECT_TRUE(function->getArg(3)->hasNoAliasAttr()) << "large";
  EXPECT_EQ(function->getArg(3)->getDereferenceableBytes(), 800000u);
  EXPECT_TRUE(function->getArg(4)->use_empty()) << "dead";
  unsigned copies = 0, made = 0;
  for (const Instruction& instruction : instructions(*function)) {
    if (auto* copy = dyn_cast<MemCpyInst>(&instruction)) {
      EXPECT_EQ(cast<ConstantInt>(copy->getLength())->getZExtValue(), 80u);
      EXPECT_EQ(copy->getDestAlign(), Align(64));
      ++copies;
    }
    made += isa<AllocaInst>(instruction);
  }
  EXPECT_EQ(copies, 1u);
  EXPECT_EQ(made, 2u);
}

TEST(Continuation, OfALoopWithoutAPointIsRefused) {
  OsrProgram program(loop_before_a_tail_call);
  UnitRequest request;
  request.tier = Tier::O3;
  request.functions = {{"f", false, false, 0}, {"f", false, false, 7}};
  Unit unit = build_unit(program.copy(), request);
  EXPECT_EQ(unit.bodies[0].refusal, (Failure{"loop 0 of f has no OSR point: the loop leads to a guaranteed tail call",
                                             FailureKind::unsupported}));
  EXPECT_EQ(unit.bodies[1].refusal, (Failure{"no loop 7 in f", FailureKind::refused}));
}

} // namespace
} // namespace ajit::test
