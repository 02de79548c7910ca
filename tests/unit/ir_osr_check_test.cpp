//===- ir_osr_check_test.cpp - What a body with checks looks like -------------------------------------------------===//
#include "ir_osr_test_support.h"
#include "osr_check.h"
#include "osr_late.h"
#include <set>

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>

namespace ajit::test {
namespace {

using namespace llvm;

/// How often `body` calls functions whose names begin with `name`.
unsigned calls(const Function& body, StringRef name) {
  return static_cast<unsigned>(count_if(instructions(body), [&](const Instruction& instruction) {
    auto* call = dyn_cast<CallInst>(&instruction);
    return call && call->getCalledFunction() && call->getCalledFunction()->getName().starts_with(name);
  }));
}

/// The places at which the checks of `body` make requests, in the order of its blocks.
std::vector<uint32_t> places(const Function& body) {
  std::vector<uint32_t> result;
  for (const Instruction& instruction : instructions(body)) {
    auto* call = dyn_cast<CallInst>(&instruction);
    if (!call || !call->getCalledFunction() || call->getCalledFunction()->getName() != osr_request_symbol) continue;
    EXPECT_EQ(call->getArgOperand(1)->getName(), counter_symbol("f"));
    auto add = [&](const Value* place) {
      result.push_back(static_cast<uint32_t>(cast<ConstantInt>(place)->getZExtValue()));
    };
    if (isa<ConstantInt>(call->getArgOperand(2))) {
      add(call->getArgOperand(2));
      continue;
    }
    // Several checks share the call of the request; each records its place.
    auto* noted = cast<LoadInst>(call->getArgOperand(2))->getPointerOperand();
    for (const Instruction& other : instructions(body))
      if (auto* note = dyn_cast<StoreInst>(&other); note && note->getPointerOperand() == noted)
        add(note->getValueOperand());
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

TEST(OsrCheck, EachLoopAsksAboutItsPlaceIfAllAreToHaveChecks) {
  OsrProgram program(nest);
  for (Tier tier : {Tier::O0, Tier::O1, Tier::O2}) {
    Unit unit = program.build(tier, {}, /*polled=*/true, /*checks_all=*/true);
    EXPECT_EQ(places(*body(unit)), (std::vector<uint32_t>{encode({0, tier}), encode({1, tier})})) << tier_name(tier);
    EXPECT_EQ(unit.bodies[0].loops.size(), 2u);
  }
}

/// The offsets of the bytes that the code polls, in the order of the code.
std::multiset<int64_t> polled_bytes(Function& function) {
  std::multiset<int64_t> bytes;
  const DataLayout& layout = function.getParent()->getDataLayout();
  for (Instruction& instruction : instructions(function)) {
    auto* load = dyn_cast<LoadInst>(&instruction);
    if (!load || !load->getType()->isIntegerTy(8)) continue;
    APInt offset(64, 0);
    const Value* line = load->getPointerOperand()->stripAndAccumulateConstantOffsets(layout, offset, false);
    if (line->getName() == osr_poll_symbol) bytes.insert(offset.getSExtValue());
  }
  return bytes;
}

TEST(OsrCheck, AtO0EveryLoopHasACheckOfTheByteForItsDepth) {
  OsrProgram program(nest);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  EXPECT_EQ(places(*body(unit)), (std::vector<uint32_t>{encode({0, Tier::O0}), encode({1, Tier::O0})}));
  EXPECT_EQ(polled_bytes(*body(unit)), (std::multiset<int64_t>{0, 1}));
}

TEST(OsrCheck, AtO0WhatIsSeenToBeShortHasNone) {
  std::string text = nest;
  text.replace(text.find("%j, %n"), 6, "%j, 12");
  OsrProgram program(text);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  EXPECT_EQ(places(*body(unit)), (std::vector<uint32_t>{encode({0, Tier::O0})}));
  unit = program.build(Tier::O0, {}, /*polled=*/true, /*checks_all=*/true);
  EXPECT_EQ(places(*body(unit)).size(), 2u);
}

TEST(OsrCheck, AboveO0TooTheByteIsThatForTheDepth) {
  OsrProgram program(nest);
  Unit unit = program.build(Tier::O1, {}, /*polled=*/true, /*checks_all=*/true);
  lower_late_checks(*unit.module);
  EXPECT_EQ(polled_bytes(*body(unit)), (std::multiset<int64_t>{0, 1}));
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
    EXPECT_EQ(places(*body(unit)), (std::vector<uint32_t>{encode({0, tier})})) << tier_name(tier);
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

TEST(OsrCheck, ALoopThatIsLeftByItsCountOrSoonerGoesUncheckedAtO1) {
  // for (j = i; j < 100 && p[j]; j++) before any optimisation: the exit condition on j is one on a phi.
  OsrProgram program(R"(
    declare void @g(i64)
    define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
    define i64 @f(ptr %p, i64 %n) {
    entry:
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %next ]
      br label %inner
    inner:
      %j = phi i64 [ %i, %outer ], [ %j1, %body ]
      %jc = icmp slt i64 %j, 100
      br i1 %jc, label %and, label %decide
    and:
      %q = getelementptr i8, ptr %p, i64 %j
      %x = load i8, ptr %q
      %xc = icmp ne i8 %x, 0
      br label %decide
    decide:
      %stay = phi i1 [ false, %inner ], [ %xc, %and ]
      br i1 %stay, label %body, label %next
    body:
      %j1 = add nsw i64 %j, 1
      br label %inner
    next:
      call void @g(i64 %j)
      %i1 = add nsw i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %outer, label %exit
    exit:
      ret i64 %i
    })");
  EXPECT_EQ(places(*body(program.build(Tier::O1, {}, true))), (std::vector<uint32_t>{encode({0, Tier::O1})}));
}

TEST(OsrCheck, AtO2CallsThatWillBeInlinedAreNoReasonForACheck) {
  // for (i = 0; i < n; i++) s += at(p, i), where at() is a small function, one with a loop, or an external one.
  auto program_with = [](const std::string& callee) {
    return R"(
    define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
    define i64 @f(ptr %p, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %s = phi i64 [ 0, %entry ], [ %s1, %loop ]
      %x = call i64 @at(ptr %p, i64 %i)
      %s1 = add i64 %s, %x
      %i1 = add nsw i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      ret i64 %s1
    })" + callee;
  };
  auto checks = [](const std::string& text, Tier tier) {
    OsrProgram program(text);
    return places(*body(program.build(tier, {}, true))).size();
  };
  const std::string small = program_with(R"(
    define i64 @place(ptr %p, i64 %i) { %q = getelementptr i64, ptr %p, i64 %i  %x = load i64, ptr %q  ret i64 %x }
    define i64 @at(ptr %p, i64 %i) { %x = call i64 @place(ptr %p, i64 %i)  ret i64 %x })");
  EXPECT_EQ(checks(small, Tier::O2), 0u);
  EXPECT_EQ(checks(small, Tier::O1), 1u); // where nothing is inlined
  EXPECT_EQ(checks(program_with("declare i64 @at(ptr, i64)"), Tier::O2), 1u);
  EXPECT_EQ(checks(program_with("define i64 @at(ptr %p, i64 %i) noinline { ret i64 %i }"), Tier::O2), 1u);
  EXPECT_EQ(
      checks(program_with("define i64 @at(ptr %p, i64 %i) { %x = call i64 @at(ptr %p, i64 0)  ret i64 %x }"), Tier::O2),
      1u);
  EXPECT_EQ(checks(program_with(R"(
    define i64 @at(ptr %p, i64 %i) {
      br label %loop
    loop:
      %x = load volatile i64, ptr %p
      %c = icmp eq i64 %x, %i
      br i1 %c, label %done, label %loop
    done:
      ret i64 %x
    })"),
                   Tier::O2),
            1u);
}

TEST(OsrCheck, TheOptimiserSeesNeitherAccessesNorEscapes) {
  OsrProgram program(R"(
    declare noalias ptr @malloc(i64)
    declare void @g(ptr)
    define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
    define i64 @f(ptr %p, i64 %n) {
    entry:
      %passed = alloca [4 x i64]
      %own = call ptr @malloc(i64 64)
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      store i64 %i, ptr %own
      store i64 %i, ptr %passed
      %i1 = load i64, ptr %p
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %x = load i64, ptr %own
      %y = load i64, ptr %passed
      %z = add i64 %x, %y
      ret i64 %z
    })");
  Unit unit = program.build(Tier::O1, {}, /*polled=*/true);
  Function& function = *body(unit);
  EXPECT_EQ(calls(function, "ajit!poll"), 1u);
  EXPECT_EQ(calls(function, "ajit!leave"), 1u);
  for (const Instruction& instruction : instructions(function)) {
    auto* load = dyn_cast<LoadInst>(&instruction);
    EXPECT_FALSE(load && !load->isSimple());
    auto* call = dyn_cast<CallInst>(&instruction);
    if (call && call->getCalledFunction() && call->getCalledFunction()->getName().starts_with("ajit!leave")) {
      for (unsigned i = 1; i != call->arg_size(); ++i)
        EXPECT_EQ(call->getArgOperand(i)->getType()->isPointerTy(), call->doesNotCapture(i)) << i;
    }
  }
  lower_late_checks(*unit.module);
  EXPECT_FALSE(verifyModule(*unit.module, &errs()));
  EXPECT_EQ(calls(function, "ajit.osr."), 0u);
  const CallInst* call = call_of_continuation(function);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->getTailCallKind(), CallInst::TCK_NoTail);
  EXPECT_EQ(call->arg_size(), 2u) << "the buffer and the alloca";
  EXPECT_TRUE(isa<AllocaInst>(call->getArgOperand(0)));
}

TEST(OsrCheck, WhereAnInterpreterJumpsToIsCheckedAtO1AndNotTheJump) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(ptr null, i64 %n)  ret i64 %r }
    define i64 @f(ptr %code, i64 %n) {
    entry:
      br label %dispatch
    dispatch:
      %to = phi ptr [ blockaddress(@f, %one), %entry ], [ %to1, %one ], [ %to2, %two ]
      %i = phi i64 [ 0, %entry ], [ %i1, %one ], [ %i2, %two ]
      indirectbr ptr %to, [ label %one, label %two, label %end ]
    one:
      %i1 = add i64 %i, 1
      %c1 = icmp slt i64 %i1, %n
      %to1 = select i1 %c1, ptr blockaddress(@f, %two), ptr blockaddress(@f, %end)
      br label %dispatch
    two:
      %i2 = mul i64 %i, 3
      %c2 = icmp slt i64 %i2, %n
      %to2 = select i1 %c2, ptr blockaddress(@f, %one), ptr blockaddress(@f, %end)
      br label %dispatch
    end:
      ret i64 %i
    })");
  Unit unit = program.build(Tier::O1, {}, /*polled=*/true);
  EXPECT_EQ(calls(*body(unit), "ajit!poll"), 2u) << "at one and two, and not at the end";
  EXPECT_EQ(places(*body(unit)).size(), 1u);
  for (const BasicBlock& block : *body(unit))
    if (isa<IndirectBrInst>(block.getTerminator())) {
      EXPECT_EQ(block.size(), 3u) << "phis and the jump";
    }
  for (int64_t n : {1, 2, 50})
    expect_same_everywhere(program, n, 6, /*all_reached=*/false);
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
  // The header's exit condition comes first: a check before it would prevent loop rotation.
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
