//===- ir_osr_labels_test.cpp - Computed goto in activations that change body -------------------------------------===//
#include "ir_osr_test_support.h"

namespace ajit::test {
namespace {

constexpr const char* interpreter = R"(
  @f.table = internal constant [4 x ptr] [ptr blockaddress(@f, %add), ptr blockaddress(@f, %mul),
                                          ptr blockaddress(@f, %skip), ptr blockaddress(@f, %stop)]
  define i64 @f(ptr %code, i64 %limit) {
  entry:
    br label %next
  next:
    %pc = phi i64 [ 0, %entry ], [ %pc1, %skip ], [ %pc.a, %add ], [ %pc.m, %mul ]
    %acc = phi i64 [ 1, %entry ], [ %acc.s, %skip ], [ %acc.a, %add ], [ %acc.m, %mul ]
    %cp = getelementptr i8, ptr %code, i64 %pc
    %op = load i8, ptr %cp
    %op64 = zext i8 %op to i64
    %slot = getelementptr [4 x ptr], ptr @f.table, i64 0, i64 %op64
    %label = load ptr, ptr %slot
    br label %dispatch
  dispatch:
    ; Goes round once more for multiples of three, with the label in hand.
    %at = phi i64 [ %pc, %next ], [ %at1, %more ]
    %to = phi ptr [ %label, %next ], [ %to1, %more ]
    %value = phi i64 [ %acc, %next ], [ %value1, %more ]
    %rem = urem i64 %value, 3
    %wait = icmp eq i64 %rem, 0
    br i1 %wait, label %more, label %go
  more:
    %at1 = add i64 %at, 0
    %value1 = add i64 %value, 1
    %big = icmp sgt i64 %value1, 1000000
    %to1 = select i1 %big, ptr blockaddress(@f, %skip), ptr %to
    br label %dispatch
  go:
    indirectbr ptr %to, [label %add, label %mul, label %skip, label %stop]
  add:
    %acc.a = add i64 %value, 5
    %pc.a = add i64 %at, 1
    br label %next
  mul:
    %acc.m = mul i64 %value, 3
    %pc.m = add i64 %at, 1
    br label %next
  skip:
    %acc.s = sub i64 %value, 1
    %pc1 = add i64 %at, 1
    br label %next
  stop:
    %r = add i64 %value, %limit
    ret i64 %r
  }
  @program = internal constant [14 x i8] c"\00\01\02\00\01\01\00\02\02\00\01\00\01\03"
  define i64 @run(i64 %n) { %r = call i64 @f(ptr @program, i64 %n)  ret i64 %r })";

TEST(OsrLabels, LabelAddressesAreThoseOfTheBodyThatJumpsToThem) {
  OsrProgram program(interpreter);
  for (const LoopFacts& loop : program.loops())
    EXPECT_EQ(loop.excluded, "");
  expect_same_everywhere(program, 8, 14);
}

TEST(OsrLabels, LabelsAreTranslatedOnEachStepUp) {
  OsrProgram program(interpreter);
  for (unsigned patience : {0, 1, 2, 3})
    EXPECT_EQ(climb(program, 4, patience), program.expected(4)) << "patience " << patience;
}

} // namespace
} // namespace ajit::test
