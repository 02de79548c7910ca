//===- ir_osr_check_test.cpp - What a body with checks looks like -------------------------------------------------===//
#include "ir_osr_test_support.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

namespace ajit::test {
namespace {

using namespace llvm;

/// The places that the checks of `body` ask about.
std::vector<uint64_t> places(const Function& body) {
  std::vector<uint64_t> result;
  for (const Instruction& instruction : instructions(body)) {
    auto* call = dyn_cast<CallInst>(&instruction);
    if (call && call->getCalledFunction() && call->getCalledFunction()->getName() == osr_request_symbol)
      result.push_back(cast<ConstantInt>(call->getArgOperand(1))->getZExtValue());
  }
  return result;
}

const CallInst* call_of_continuation(const Function& body) {
  for (const Instruction& instruction : instructions(body))
    if (auto* call = dyn_cast<CallInst>(&instruction); call && call->isIndirectCall()) return call;
  return nullptr;
}

constexpr const char* nest = R"(
  define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
  define i64 @f(ptr %p, i64 %n) memory(read) nosync nofree willreturn norecurse {
  entry:
    br label %outer
  outer:
    %i = phi i64 [ 0, %entry ], [ %i1, %next ]
    %s = phi i64 [ 0, %entry ], [ %s2, %next ]
    br label %inner
  inner:
    %j = phi i64 [ 0, %outer ], [ %j1, %body ]
    %s1 = phi i64 [ %s, %outer ], [ %s3, %body ]
    %jc = icmp slt i64 %j, %n
    br i1 %jc, label %body, label %next
  body:
    %q = getelementptr i64, ptr %p, i64 %j
    %x = load i64, ptr %q
    %s3 = add i64 %s1, %x
    %j1 = add nsw i64 %j, 1
    br label %inner
  next:
    %s2 = mul i64 %s1, 3
    %i1 = add nsw i64 %i, 1
    %c = icmp slt i64 %i1, %n
    br i1 %c, label %outer, label %exit
  exit:
    ret i64 %s2
  })";

TEST(OsrCheck, EachLoopAsksAboutItsPlaceAtO0) {
  OsrProgram program(nest);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  uint64_t id = uint64_t{5} << 32;
  EXPECT_EQ(places(*body(unit)), (std::vector<uint64_t>{id, id | 1 << 8}));
  EXPECT_EQ(unit.bodies[0].loops.size(), 2u);
}

TEST(OsrCheck, BodyThatIsNotPolledHasNone) {
  OsrProgram program(nest);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/false);
  EXPECT_TRUE(places(*body(unit)).empty());
  EXPECT_TRUE(body(unit)->hasFnAttribute(Attribute::NoSync));
}

TEST(OsrCheck, BodyPromisesNoMoreThanItKeeps) {
  OsrProgram program(nest);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  for (Attribute::AttrKind kind :
       {Attribute::Memory, Attribute::NoSync, Attribute::NoFree, Attribute::WillReturn, Attribute::NoRecurse})
    EXPECT_FALSE(body(unit)->hasFnAttribute(kind)) << Attribute::getNameFromAttrKind(kind).str();
}

TEST(OsrCheck, CountableInnerLoopsGoUncheckedWhereTheyAreOptimised) {
  OsrProgram program(nest);
  for (Tier tier : {Tier::O1, Tier::O2}) {
    Unit unit = program.build(tier, {}, /*polled=*/true);
    EXPECT_EQ(places(*body(unit)), (std::vector<uint64_t>{osr_place(FunctionId{5}, 0, tier)})) << tier_name(tier);
  }
}

TEST(OsrCheck, ALoneCountableLoopIsCheckedAtO1AndNotAtO2) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
    define i64 @f(ptr %p, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %s = phi i64 [ 0, %entry ], [ %s1, %loop ]
      %q = getelementptr i64, ptr %p, i64 %i
      %x = load i64, ptr %q
      %s1 = add i64 %s, %x
      %i1 = add nsw i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      ret i64 %s1
    })");
  EXPECT_EQ(places(*body(program.build(Tier::O1, {}, true))).size(), 1u);
  EXPECT_EQ(places(*body(program.build(Tier::O2, {}, true))).size(), 0u);
}

TEST(OsrCheck, FrameThatIsLeftStaysBelowTheContinuation) {
  OsrProgram program(R"(
    declare void @g(ptr)
    define i64 @run(i64 %n) { %r = call zeroext i1 @f(i64 %n)  %z = zext i1 %r to i64  ret i64 %z }
    define fastcc zeroext i1 @f(i64 %n) nounwind {
    entry:
      %slot = alloca [4 x i64]
      call void @llvm.lifetime.start.p0(i64 32, ptr %slot)
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      call void @g(ptr %slot)
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      call void @llvm.lifetime.end.p0(i64 32, ptr %slot)
      ret i1 %c
    })");
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  const CallInst* call = call_of_continuation(*body(unit));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->getTailCallKind(), CallInst::TCK_NoTail);
  EXPECT_EQ(call->getCallingConv(), CallingConv::C);
  EXPECT_TRUE(call->hasRetAttr(Attribute::ZExt));
  EXPECT_TRUE(call->doesNotThrow());
  EXPECT_EQ(call->arg_size(), 2u) << "the buffer and the alloca";
  for (const Instruction& instruction : instructions(*body(unit)))
    EXPECT_FALSE(isa<LifetimeIntrinsic>(instruction)) << "the alloca must live as long as the frame";
}

TEST(OsrCheck, BufferNeedsNoStackRealignment) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(<16 x i32> zeroinitializer, i64 %n)  ret i64 %r }
    define i64 @f(<16 x i32> %v, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %w = phi <16 x i32> [ %v, %entry ], [ %w1, %loop ]
      %w1 = add <16 x i32> %w, %v
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %e = extractelement <16 x i32> %w1, i64 3
      %r = zext i32 %e to i64
      ret i64 %r
    })");
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  for (const Instruction& instruction : instructions(*body(unit)))
    if (auto* alloca = dyn_cast<AllocaInst>(&instruction)) {
      EXPECT_LE(alloca->getAlign().value(), 16u);
    }
}

TEST(OsrCheck, ChecksOnBackEdgesLeaveLoopsThatCanBeRotated) {
  // The header's exit condition comes first; a check before it would hide it from loop rotation.
  OsrProgram program(R"(
    declare i64 @g(i64)
    define i64 @f(i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %even ], [ %i2, %odd ]
      %c = icmp slt i64 %i, %n
      br i1 %c, label %body, label %exit
    body:
      %b = trunc i64 %i to i1
      br i1 %b, label %odd, label %even
    even:
      %i1 = add i64 %i, 1
      br label %loop
    odd:
      %x = call i64 @g(i64 %i)
      %i2 = add i64 %i, %x
      br label %loop
    exit:
      ret i64 %i
    })");
  Unit unit = program.build(Tier::O1, {}, /*polled=*/true);
  BasicBlock& header = *body(unit)->getEntryBlock().getSingleSuccessor();
  EXPECT_EQ(header.size(), 3u) << "phi, comparison, branch";
  EXPECT_TRUE(header.hasNPredecessors(2)) << "the back edges have been joined";
  EXPECT_EQ(places(*body(unit)).size(), 1u);
}

} // namespace
} // namespace ajit::test
