//===- ir_osr_slots_test.cpp - Values that live in the buffer at O0 -----------------------------------------------===//
#include "ir_osr_test_support.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

namespace ajit::test {
namespace {

using namespace llvm;

constexpr const char* swaps = R"(
  define i64 @f(i64 %n) {
  entry:
    br label %loop
  loop:
    %a = phi i64 [ 1, %entry ], [ %b, %latch ]
    %b = phi i64 [ 2, %entry ], [ %a, %latch ]
    %same = phi i64 [ %n, %entry ], [ %same, %latch ]
    %i = phi i64 [ 0, %entry ], [ %i1, %latch ]
    %c = icmp slt i64 %i, %n
    br i1 %c, label %latch, label %exit
  latch:
    %i1 = add i64 %i, 1
    br label %loop
  exit:
    %x = mul i64 %a, 10
    %y = add i64 %x, %b
    %z = xor i64 %y, %same
    ret i64 %z
  })";

TEST(OsrSlots, PhisThatAreStoredByTheirPredecessorsGo) {
  OsrProgram program(swaps);
  Unit unit = program.build(Tier::O0, {}, /*polled=*/true);
  unsigned phis = 0, cold_stores = 0;
  for (const Instruction& instruction : instructions(*body(unit))) {
    // The remaining one selects the continuation.
    phis += isa<PHINode>(instruction) && !instruction.getType()->isPointerTy();
    cold_stores += isa<StoreInst>(instruction) && instruction.getParent()->getName().starts_with("osr.store");
  }
  EXPECT_EQ(phis, 0u);
  EXPECT_EQ(cold_stores, 0u);
}

TEST(OsrSlots, PhisOfABlockChangeTogether) {
  OsrProgram program(swaps);
  for (int64_t n : {0, 1, 2, 5})
    EXPECT_EQ(program.run(Tier::O0, n, stay), program.expected(n)) << n;
  expect_same_everywhere(program, 5, 5);
}

TEST(OsrSlots, OldValueOfAPhiOutlivesTheNewOne) {
  // The latch leaves the loop with the phi's old value, after it has computed the next one.
  OsrProgram program(R"(
    define i64 @f(i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %latch ]
      %s = phi i64 [ 3, %entry ], [ %s1, %latch ]
      br label %latch
    latch:
      %i1 = add i64 %i, 1
      %s1 = mul i64 %s, 7
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %r = sub i64 %s1, %s
      %q = add i64 %r, %i
      ret i64 %q
    })");
  expect_same_everywhere(program, 6, 6);
}

TEST(OsrSlots, ResultOfAnInvokeIsStoredWhenTheBodyIsLeft) {
  OsrProgram program(R"(
    declare i32 @__gxx_personality_v0(...)
    define i64 @g(i64 %x) noinline { %r = add i64 %x, 1  ret i64 %r }
    define i64 @f(i64 %n) personality ptr @__gxx_personality_v0 {
    entry:
      %v = invoke i64 @g(i64 %n) to label %loop unwind label %pad
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %s = phi i64 [ %v, %entry ], [ %s1, %loop ]
      %s1 = mul i64 %s, %v
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    pad:
      %lp = landingpad { ptr, i32 } cleanup
      resume { ptr, i32 } %lp
    exit:
      ret i64 %s1
    })");
  expect_same_everywhere(program, 6, 6);
}

} // namespace
} // namespace ajit::test
