//===- ir_osr_transfer_test.cpp - Activations that change body in the middle of a loop ----------------------------===//
#include "ir_osr_test_support.h"

namespace ajit::test {
namespace {

TEST(OsrTransfer, NestIsEnteredAtEachOfItsLoops) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n, i64 3)  ret i64 %r }
    define i64 @f(i64 %n, i64 %seed) {
    entry:
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %outer.end ]
      %s = phi i64 [ %seed, %entry ], [ %s3, %outer.end ]
      %oc = icmp slt i64 %i, %n
      br i1 %oc, label %outer.body, label %exit
    outer.body:
      %w = mul i64 %i, 31
      br label %middle
    middle:
      %j = phi i64 [ 0, %outer.body ], [ %j1, %middle.end ]
      %s1 = phi i64 [ %s, %outer.body ], [ %s4, %middle.end ]
      %mc = icmp slt i64 %j, %i
      br i1 %mc, label %middle.body, label %outer.end
    middle.body:
      %v = xor i64 %w, %j
      br label %inner
    inner:
      %k = phi i64 [ 0, %middle.body ], [ %k1, %inner.body ]
      %s2 = phi i64 [ %s1, %middle.body ], [ %s5, %inner.body ]
      %ic = icmp slt i64 %k, %j
      br i1 %ic, label %inner.body, label %middle.end
    inner.body:
      %t = mul i64 %s2, 6364136223846793005
      %t1 = add i64 %t, %v
      %s5 = xor i64 %t1, %k
      %k1 = add i64 %k, 1
      br label %inner
    middle.end:
      %s4 = add i64 %s2, %w
      %j1 = add i64 %j, 1
      br label %middle
    outer.end:
      %s3 = add i64 %s1, %i
      %i1 = add i64 %i, 1
      br label %outer
    exit:
      ret i64 %s
    })");
  std::vector<LoopTraits> loops = program.loops();
  ASSERT_EQ(loops.size(), 3u);
  EXPECT_EQ(loops[0].depth, 1u);
  EXPECT_EQ(loops[2].depth, 3u);
  expect_same_everywhere(program, 7, 12);
}

TEST(OsrTransfer, PhisThatSwapKeepTheirValues) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r }
    define i64 @f(i64 %n) {
    entry:
      br label %loop
    loop:
      %a = phi i64 [ 1, %entry ], [ %b, %loop ]
      %b = phi i64 [ 2, %entry ], [ %a, %loop ]
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %x = mul i64 %a, 10
      %y = add i64 %x, %b
      ret i64 %y
    })");
  expect_same_everywhere(program, 7, 8);
}

} // namespace
} // namespace ajit::test
