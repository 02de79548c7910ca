#include "function_traits.h"

#include "ir_test_support.h"

namespace ajit {
namespace {

FunctionTraits traits_of(const std::string& text) {
  test::ParsedModule module(text);
  return function_traits(*module->getFunction("f"));
}

TEST(FunctionTraits, AnOrdinaryFunctionCanBeTimed) {
  const FunctionTraits traits = traits_of("define i32 @f(i32 %x) {\n ret i32 %x\n}");
  EXPECT_TRUE(traits.timeable);
  EXPECT_TRUE(traits.pinned.empty());
  EXPECT_EQ(traits.instructions, 1u);
}

TEST(FunctionTraits, AMakerOfGuaranteedTailCallsIsNotTimed) {
  EXPECT_FALSE(traits_of("define i32 @f(i32 %x) {\n %y = musttail call i32 @f(i32 %x)\n ret i32 %y\n}").timeable);
  EXPECT_TRUE(traits_of("define i32 @f(i32 %x) {\n %y = tail call i32 @f(i32 %x)\n ret i32 %y\n}").timeable);
}

TEST(FunctionTraits, ReadersOfTheirFrameAreNotTimed) {
  EXPECT_FALSE(traits_of("declare ptr @llvm.returnaddress(i32)\n"
                         "define ptr @f() {\n %a = call ptr @llvm.returnaddress(i32 0)\n ret ptr %a\n}")
                   .timeable);
  EXPECT_FALSE(traits_of("define void @f(...) {\n ret void\n}").timeable);
}

TEST(FunctionTraits, ATableOfLabelsThatIsOnlyJumpedThroughIsCopied) {
  const FunctionTraits traits = traits_of(R"(
    @table = internal constant [2 x ptr] [ptr blockaddress(@f, %a), ptr blockaddress(@f, %b)]
    define i32 @f(i64 %i) {
      %p = getelementptr [2 x ptr], ptr @table, i64 0, i64 %i
      %target = load ptr, ptr %p
      indirectbr ptr %target, [label %a, label %b]
    a:
      ret i32 1
    b:
      ret i32 2
    })");
  EXPECT_TRUE(traits.pinned.empty()) << traits.pinned;
  EXPECT_EQ(traits.label_tables.size(), 1u);
}

TEST(FunctionTraits, AFunctionWhoseLabelsAreSeenElsewhereKeepsItsBody) {
  EXPECT_FALSE(traits_of(R"(
    @seen = global ptr null
    define void @f() {
      store ptr blockaddress(@f, %a), ptr @seen
      br label %a
    a:
      ret void
    })")
                   .pinned.empty());
}

TEST(FunctionTraits, AFunctionWhoseLabelsAnotherHoldsKeepsItsBody) {
  EXPECT_FALSE(traits_of(R"(
    define void @f(ptr %to) {
      indirectbr ptr null, [label %a]
    a:
      ret void
    }
    define void @g(ptr %to) {
      indirectbr ptr blockaddress(@f, %a), [label %a]
    a:
      ret void
    })")
                   .pinned.empty());
}

TEST(FunctionTraits, AFunctionThatJumpsWhereItIsToldKeepsItsBody) {
  // Only other functions read the table, and their bodies may not have been read yet.
  EXPECT_FALSE(traits_of(R"(
    @f.table = internal constant [1 x ptr] [ptr blockaddress(@f, %a)]
    define void @f(ptr %to) {
      indirectbr ptr %to, [label %a]
    a:
      ret void
    })")
                   .pinned.empty());
}

TEST(FunctionTraits, ATableWithLabelsOfTwoFunctionsIsNotCopied) {
  EXPECT_FALSE(traits_of(R"(
    @f.table = internal constant [2 x ptr] [ptr blockaddress(@f, %a), ptr blockaddress(@g, %a)]
    define void @f() {
      %target = load ptr, ptr @f.table
      indirectbr ptr %target, [label %a]
    a:
      ret void
    }
    define void @g() {
      br label %a
    a:
      ret void
    })")
                   .pinned.empty());
}

TEST(FunctionTraits, WhatMayBePassedPieceByPieceIsCountedSo) {
  // Six registers hold integers; each further integer takes 8 bytes of stack.
  test::ParsedModule module(R"(
    define void @bits(<64 x i1> %a, i32 %b) { ret void }
    define void @bytes([20 x i8] %a) { ret void }
    define void @mixed({ i8, { i8, [10 x i16] } } %a, i64 %b) { ret void }
    define void @plain(i64 %a, ptr %b, double %c) { ret void })");
  auto bytes = [&](const char* name) { return function_traits(*module->getFunction(name)).stack_argument_bytes; };
  EXPECT_GE(bytes("bits"), (64u + 1 - 6) * 8);
  EXPECT_GE(bytes("bytes"), (20u - 6) * 8);
  EXPECT_GE(bytes("mixed"), (12u + 1 - 6) * 8);
  EXPECT_EQ(bytes("plain"), 0u);
}

FunctionTraits traits_with_variable(const std::string& uses) {
  return traits_of("@seen = global ptr null\ndeclare void @g(ptr)\n"
                   "define i1 @f() {\n %here = alloca i8\n %last = load ptr, ptr @seen\n" +
                   uses + " ret i1 %same\n}");
}

TEST(FunctionTraits, AFunctionThatComparesDepthsOfTheStackKeepsItsBodyAndIsNotTimed) {
  const std::string compare = " %same = icmp eq ptr %here, %last\n";
  const std::string keep = " store ptr %here, ptr @seen\n";
  const FunctionTraits traits = traits_with_variable(compare + keep);
  EXPECT_TRUE(traits.compares_stack_depths);
  EXPECT_EQ(traits.pinned, "compares depths of the stack");
  EXPECT_FALSE(traits.timeable);
  EXPECT_TRUE(traits_with_variable(" %n = ptrtoint ptr %here to i64\n %l = ptrtoint ptr %last to i64\n"
                                   " %same = icmp ne i64 %l, %n\n store i64 %n, ptr @seen\n")
                  .compares_stack_depths);
  // Code also compares addresses of buffers and list heads, but it uses these variables otherwise as well.
  EXPECT_FALSE(traits_with_variable(compare + keep + " store i8 1, ptr %here\n").compares_stack_depths);
  EXPECT_FALSE(traits_with_variable(compare + keep + " call void @g(ptr %here)\n").compares_stack_depths);
  EXPECT_FALSE(traits_with_variable(compare).compares_stack_depths);
  EXPECT_FALSE(traits_with_variable(" %same = icmp ult ptr %here, %last\n" + keep).compares_stack_depths);
}

} // namespace
} // namespace ajit
