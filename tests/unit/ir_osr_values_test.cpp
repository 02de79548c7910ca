//===- ir_osr_values_test.cpp - Values that activations take along to another body --------------------------------===//
#include "ir_osr_test_support.h"

namespace ajit::test {
namespace {

TEST(OsrValues, ValuesOfEveryKindGoThroughTheBuffer) {
  OsrProgram program(R"(
    define { i64, double } @f(i64 %n, i128 %wide, x86_fp80 %long, <16 x i32> %vector, i1 %bit, i33 %odd, float %single,
                              half %small, <3 x i16> %three, <8 x i1> %mask, { i32, [2 x i8] } %aggregate, ptr %pointer) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %w = phi i128 [ %wide, %entry ], [ %w1, %loop ]
      %l = phi x86_fp80 [ %long, %entry ], [ %l1, %loop ]
      %v = phi <16 x i32> [ %vector, %entry ], [ %v1, %loop ]
      %b = phi i1 [ %bit, %entry ], [ %b1, %loop ]
      %o = phi i33 [ %odd, %entry ], [ %o1, %loop ]
      %f = phi float [ %single, %entry ], [ %f1, %loop ]
      %h = phi half [ %small, %entry ], [ %h1, %loop ]
      %t = phi <3 x i16> [ %three, %entry ], [ %t1, %loop ]
      %m = phi <8 x i1> [ %mask, %entry ], [ %m1, %loop ]
      %a = phi { i32, [2 x i8] } [ %aggregate, %entry ], [ %a1, %loop ]
      %w1 = mul i128 %w, 340282366920938463463374607431768211297
      %l1 = fadd x86_fp80 %l, %long
      %v1 = add <16 x i32> %v, %vector
      %b1 = xor i1 %b, true
      %o1 = mul i33 %o, 5
      %f1 = fadd float %f, 1.5
      %h1 = fadd half %h, 1.0
      %t1 = add <3 x i16> %t, %three
      %m1 = xor <8 x i1> %m, <i1 1, i1 0, i1 1, i1 1, i1 0, i1 0, i1 1, i1 0>
      %x = extractvalue { i32, [2 x i8] } %a, 0
      %x1 = add i32 %x, 3
      %a1 = insertvalue { i32, [2 x i8] } %a, i32 %x1, 0
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %wt = trunc i128 %w1 to i64
      %wh = lshr i128 %w1, 64
      %wh64 = trunc i128 %wh to i64
      %r0 = xor i64 %wt, %wh64
      %ld = fptrunc x86_fp80 %l1 to double
      %sum = call i32 @llvm.vector.reduce.add.v16i32(<16 x i32> %v1)
      %sum64 = zext i32 %sum to i64
      %r1 = add i64 %r0, %sum64
      %b64 = zext i1 %b1 to i64
      %r2 = add i64 %r1, %b64
      %o64 = zext i33 %o1 to i64
      %r3 = add i64 %r2, %o64
      %fd = fpext float %f1 to double
      %hd = fpext half %h1 to double
      %fh = fadd double %fd, %hd
      %all = fadd double %fh, %ld
      %t0 = extractelement <3 x i16> %t1, i32 2
      %t64 = zext i16 %t0 to i64
      %r4 = add i64 %r3, %t64
      %m8 = bitcast <8 x i1> %m1 to i8
      %m64 = zext i8 %m8 to i64
      %r5 = add i64 %r4, %m64
      %y = extractvalue { i32, [2 x i8] } %a1, 0
      %y64 = zext i32 %y to i64
      %z = extractvalue { i32, [2 x i8] } %a1, 1, 1
      %z64 = zext i8 %z to i64
      %r6 = add i64 %r5, %y64
      %r7 = add i64 %r6, %z64
      %p = load i64, ptr %pointer
      %r8 = add i64 %r7, %p
      %q0 = insertvalue { i64, double } poison, i64 %r8, 0
      %q = insertvalue { i64, double } %q0, double %all, 1
      ret { i64, double } %q
    }
    declare i32 @llvm.vector.reduce.add.v16i32(<16 x i32>)
    define i64 @run(i64 %n) {
      %slot = alloca i64
      store i64 77, ptr %slot
      %long = sitofp i64 %n to x86_fp80
      %wide = sext i64 %n to i128
      %v = insertelement <16 x i32> <i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11,
                                     i32 12, i32 13, i32 14, i32 15, i32 16>, i32 99, i64 %n
      %r = call { i64, double } @f(i64 %n, i128 %wide, x86_fp80 %long, <16 x i32> %v, i1 true, i33 -7, float 2.5,
                                   half 4.0, <3 x i16> <i16 1, i16 2, i16 3>,
                                   <8 x i1> <i1 0, i1 1, i1 0, i1 1, i1 1, i1 0, i1 0, i1 1>,
                                   { i32, [2 x i8] } { i32 5, [2 x i8] [i8 6, i8 7] }, ptr %slot)
      %i = extractvalue { i64, double } %r, 0
      %d = extractvalue { i64, double } %r, 1
      %bits = bitcast double %d to i64
      %x = xor i64 %i, %bits
      ret i64 %x
    })");
  expect_same_everywhere(program, 6, 6);
}

TEST(OsrValues, PhisThatSwapKeepTheirValues) {
  OsrProgram program(R"(
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

TEST(OsrValues, ValuesThatAreSetOnOnePathOnlyAreTransferred) {
  OsrProgram program(R"(
    define i64 @f(i64 %n) {
    entry:
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %next ]
      %last = phi i64 [ undef, %entry ], [ %kept, %next ]
      %sum = phi i64 [ 0, %entry ], [ %sum2, %next ]
      %odd = and i64 %i, 1
      %is = icmp ne i64 %odd, 0
      br i1 %is, label %set, label %unset
    set:
      %square = mul i64 %i, %i
      br label %inner
    unset:
      br label %inner
    inner:
      %j = phi i64 [ 0, %set ], [ 0, %unset ], [ %j1, %inner ]
      %v = phi i64 [ %square, %set ], [ undef, %unset ], [ %v, %inner ]
      %s = phi i64 [ %sum, %set ], [ %sum, %unset ], [ %s1, %inner ]
      %s1 = add i64 %s, %j
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, %i
      br i1 %jc, label %inner, label %after
    after:
      br i1 %is, label %use, label %next
    use:
      %u = add i64 %s1, %v
      br label %next
    next:
      %sum2 = phi i64 [ %u, %use ], [ %s1, %after ]
      %kept = phi i64 [ %v, %use ], [ %last, %after ]
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %outer, label %exit
    exit:
      %r = xor i64 %sum2, %kept
      ret i64 %r
    })");
  expect_same_everywhere(program, 9, 10);
}

} // namespace
} // namespace ajit::test
