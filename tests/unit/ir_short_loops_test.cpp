//===- ir_short_loops_test.cpp - Loops that are known to be short -------------------------------------------------===//
#include "ir_test_support.h"
#include "short_loops.h"

#include <llvm/IR/Instructions.h>

namespace ajit::test {
namespace {

/// Whether the analysis finds the only loop of @f short: `for (i = start; i <compare> bound; i += step) body`.
bool is_short(const std::string& start, const std::string& compare, const std::string& bound, const std::string& step,
              const std::string& body = "") {
  ParsedModule module(R"(
    declare void @g()
    define void @f(i32 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i32 [ )" +
                      start + R"(, %entry ], [ %next, %body ]
      %c = icmp )" + compare +
                      " i32 %i, " + bound + R"(
      br i1 %c, label %body, label %exit
    body:
      )" + body + R"(
      %next = add i32 %i, )" +
                      step + R"(
      br label %loop
    exit:
      ret void
    })");
  OsrPoints points = points_of(*module->getFunction("f"));
  EXPECT_EQ(points.points.size(), 1u);
  return is_seen_to_be_short(points.points.front());
}

TEST(ShortLoops, RoundsAreCounted) {
  EXPECT_TRUE(is_short("0", "slt", "12", "1"));
  EXPECT_TRUE(is_short("0", "slt", std::to_string(few_rounds - 1), "1"));
  EXPECT_FALSE(is_short("0", "slt", std::to_string(few_rounds), "1"));
  EXPECT_TRUE(is_short("1000000", "slt", "1000010", "1"));
  EXPECT_TRUE(is_short("12", "ne", "0", "-1"));
  EXPECT_FALSE(is_short("12", "ne", "0", "1"));
  EXPECT_TRUE(is_short("0", "ult", "4000", "100"));
  EXPECT_FALSE(is_short("0", "slt", "12", "0")); // for ever
}

TEST(ShortLoops, WhatIsNotConstantIsNotKnown) {
  EXPECT_FALSE(is_short("0", "slt", "%n", "1"));
  EXPECT_FALSE(is_short("%n", "slt", "12", "1"));
  EXPECT_FALSE(is_short("0", "slt", "12", "%n"));
}

TEST(ShortLoops, ACallMayTakeAnyTime) { EXPECT_FALSE(is_short("0", "slt", "12", "1", "call void @g()")); }

TEST(ShortLoops, ALoopMayEndWhereItsRoundsDo) {
  for (const auto& [bound, is_short] : {std::pair("12", true), std::pair("120", false)}) {
    ParsedModule module(std::string(R"(
      define void @f(i1 %early) {
      entry:
        br label %loop
      loop:
        %i = phi i64 [ 0, %entry ], [ %next, %latch ]
        br i1 %early, label %exit, label %latch
      latch:
        %next = add i64 %i, 1
        %over = icmp eq i64 %next, )") +
                        bound + R"(
        br i1 %over, label %exit, label %loop
      exit:
        ret void
      })");
    OsrPoints points = points_of(*module->getFunction("f"));
    EXPECT_EQ(is_seen_to_be_short(points.points.front()), is_short) << bound;
  }
}

TEST(ShortLoops, AnExitThatSomeRoundsMissSaysNothing) {
  ParsedModule module(R"(
    define void @f(i1 %skips) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %next, %latch ]
      br i1 %skips, label %latch, label %test
    test:
      %c = icmp slt i64 %i, 12
      br i1 %c, label %latch, label %exit
    latch:
      %next = add i64 %i, 1
      br label %loop
    exit:
      ret void
    })");
  OsrPoints points = points_of(*module->getFunction("f"));
  EXPECT_FALSE(is_seen_to_be_short(points.points.front()));
}

} // namespace
} // namespace ajit::test
