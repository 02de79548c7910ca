//===- ir_osr_memory_test.cpp - Stack memory of activations that change body --------------------------------------===//
#include "ir_osr_test_support.h"

namespace ajit::test {
namespace {

/// bump() increments the variable that @escaped points to, which may be an alloca of its caller.
const std::string bump = R"(
  @escaped = global ptr null
  define void @bump() noinline {
    %p = load ptr, ptr @escaped
    %x = load i64, ptr %p
    %y = add i64 %x, 1
    store i64 %y, ptr %p
    ret void
  })";

TEST(OsrMemory, AllocasAreUsedInPlaceCopiedOrMadeAnew) {
  OsrProgram program(bump + R"(
    declare void @llvm.lifetime.start.p0(i64, ptr)
    declare void @llvm.lifetime.end.p0(i64, ptr)
    define i64 @f(i64 %n) {
    entry:
      %captured = alloca [4 x i64]
      %copied = alloca [12 x i64], align 16
      %pointed = alloca [4 x i64]
      %scratch = alloca [2 x i64]
      store ptr %captured, ptr @escaped
      call void @llvm.memset.p0.i64(ptr %captured, i8 1, i64 32, i1 false)
      call void @llvm.memset.p0.i64(ptr %copied, i8 2, i64 96, i1 false)
      call void @llvm.memset.p0.i64(ptr %pointed, i8 3, i64 32, i1 false)
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %cursor = phi ptr [ %pointed, %entry ], [ %next, %loop ]
      %s = phi i64 [ 0, %entry ], [ %s4, %loop ]
      call void @bump()
      call void @llvm.lifetime.start.p0(i64 16, ptr %scratch)
      store i64 %i, ptr %scratch
      %x = load i64, ptr %captured
      %k = urem i64 %i, 12
      %cp = getelementptr i64, ptr %copied, i64 %k
      %y = load i64, ptr %cp
      %y1 = add i64 %y, %i
      store i64 %y1, ptr %cp
      %z = load i64, ptr %cursor
      %z1 = add i64 %z, %i
      store i64 %z1, ptr %cursor
      %even = and i64 %i, 1
      %next = getelementptr i64, ptr %pointed, i64 %even
      %w = load i64, ptr %scratch
      call void @llvm.lifetime.end.p0(i64 16, ptr %scratch)
      %s1 = add i64 %s, %x
      %s2 = xor i64 %s1, %y1
      %s3 = add i64 %s2, %z1
      %s4 = mul i64 %s3, 3
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      %a = load i64, ptr %captured
      %bp = getelementptr i64, ptr %copied, i64 5
      %b = load i64, ptr %bp
      %d = load i64, ptr %pointed
      %r1 = add i64 %s4, %a
      %r2 = add i64 %r1, %b
      %r3 = xor i64 %r2, %d
      %r4 = add i64 %r3, %w
      ret i64 %r4
    }
    declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r })");
  expect_same_everywhere(program, 15, 8);
}

TEST(OsrMemory, ContinuationsAreThemselvesContinuedInHigherOnes) {
  OsrProgram program(bump + R"(
    define i64 @f(i64 %n, i64 %k) {
    entry:
      %captured = alloca i64
      %copied = alloca [8 x i64]
      store i64 1, ptr %captured
      store ptr %captured, ptr @escaped
      call void @llvm.memset.p0.i64(ptr %copied, i8 2, i64 64, i1 false)
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %outer.end ]
      %s = phi i64 [ %k, %entry ], [ %s3, %outer.end ]
      %w = mul i64 %i, 31
      br label %inner
    inner:
      %j = phi i64 [ 0, %outer ], [ %j1, %inner ]
      %s1 = phi i64 [ %s, %outer ], [ %s2, %inner ]
      call void @bump()
      %m = and i64 %s1, 7
      %p = getelementptr i64, ptr %copied, i64 %m
      %x = load i64, ptr %p
      %y = add i64 %x, %w
      store i64 %y, ptr %p
      %t = mul i64 %s1, 13
      %s2 = add i64 %t, %y
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, %n
      br i1 %jc, label %inner, label %outer.end
    outer.end:
      %c = load i64, ptr %captured
      %s3 = xor i64 %s2, %c
      %i1 = add i64 %i, 1
      %ic = icmp slt i64 %i1, %n
      br i1 %ic, label %outer, label %exit
    exit:
      ret i64 %s3
    }
    declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n, i64 9)  ret i64 %r })");
  for (unsigned patience : {0, 1, 2, 5, 9})
    EXPECT_EQ(climb(program, 9, patience), program.expected(9)) << "patience " << patience;
}

TEST(OsrMemory, StackMemoryOfTheOldFrameLivesOnAndTheNewFrameFreesItsOwn) {
  OsrProgram program(R"(
    declare ptr @llvm.stacksave.p0()
    declare void @llvm.stackrestore.p0(ptr)
    define void @fill(ptr %p, i64 %n, i64 %v) noinline {
      br label %loop
    loop:
      %i = phi i64 [ 0, %0 ], [ %i1, %loop ]
      %q = getelementptr i64, ptr %p, i64 %i
      %w = add i64 %v, %i
      store i64 %w, ptr %q
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %done
    done:
      ret void
    }
    define i64 @f(i64 %n) {
    entry:
      %keep = alloca i64, i64 %n, align 16
      call void @fill(ptr %keep, i64 %n, i64 11)
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %outer.end ]
      %s = phi i64 [ 0, %entry ], [ %s2, %outer.end ]
      %saved = call ptr @llvm.stacksave.p0()
      %some = and i64 %i, 7
      %size = add i64 %some, 200
      %vla = alloca i64, i64 %size, align 16
      call void @fill(ptr %vla, i64 %size, i64 %i)
      br label %inner
    inner:
      %j = phi i64 [ 0, %outer ], [ %j1, %inner ]
      %s1 = phi i64 [ %s, %outer ], [ %s2, %inner ]
      %p = getelementptr i64, ptr %vla, i64 %j
      %x = load i64, ptr %p
      %kj = urem i64 %j, %n
      %kp = getelementptr i64, ptr %keep, i64 %kj
      %y = load i64, ptr %kp
      %xy = mul i64 %x, %y
      %s2 = add i64 %s1, %xy
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, %size
      br i1 %jc, label %inner, label %outer.end
    outer.end:
      call void @llvm.stackrestore.p0(ptr %saved)
      %i1 = add i64 %i, 1
      ; Enough rounds to overflow the stack if nothing were freed.
      %c = icmp slt i64 %i1, 8000
      br i1 %c, label %outer, label %exit
    exit:
      ret i64 %s2
    }
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r })");
  expect_same_everywhere(program, 6, 3);
}

TEST(OsrMemory, VariableArgumentsAreReadOnFromWhereTheOldFrameWas) {
  OsrProgram program(R"(
    %va_list = type { i32, i32, ptr, ptr }
    declare void @llvm.va_start.p0(ptr)
    declare void @llvm.va_end.p0(ptr)
    define i64 @f(i64 %n, ...) {
    entry:
      %list = alloca %va_list, align 16
      call void @llvm.va_start.p0(ptr %list)
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %body ]
      %s = phi i64 [ 0, %entry ], [ %s2, %body ]
      %c = icmp slt i64 %i, %n
      br i1 %c, label %body, label %exit
    body:
      %x = va_arg ptr %list, i64
      %s1 = mul i64 %s, 7
      %s2 = add i64 %s1, %x
      %i1 = add i64 %i, 1
      br label %loop
    exit:
      call void @llvm.va_end.p0(ptr %list)
      ret i64 %s
    }
    define i64 @run(i64 %n) {
      %r = call i64 (i64, ...) @f(i64 %n, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10)
      ret i64 %r
    })");
  expect_same_everywhere(program, 10, 11);
}

TEST(OsrMemory, ArgumentsInMemoryAndResultsInMemoryStayWhereTheyAre) {
  OsrProgram program(R"(
    %record = type { i64, [6 x i64] }
    define fastcc void @f(ptr noalias sret(%record) align 8 %out, ptr byval(%record) align 8 %in, i64 %n) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
      %k = urem i64 %i, 6
      %p = getelementptr %record, ptr %in, i64 0, i32 1, i64 %k
      %x = load i64, ptr %p
      %y = add i64 %x, %i
      store i64 %y, ptr %p
      %q = getelementptr %record, ptr %out, i64 0, i32 1, i64 %k
      store i64 %y, ptr %q
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %loop, label %exit
    exit:
      store i64 %i1, ptr %out
      ret void
    }
    define i64 @run(i64 %n) {
    entry:
      %in = alloca %record
      %out = alloca %record
      br label %init
    init:
      %i = phi i64 [ 0, %entry ], [ %i1, %init ]
      %p = getelementptr %record, ptr %in, i64 0, i32 1, i64 %i
      store i64 %i, ptr %p
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, 6
      br i1 %c, label %init, label %go
    go:
      call fastcc void @f(ptr sret(%record) align 8 %out, ptr byval(%record) align 8 %in, i64 %n)
      br label %sum
    sum:
      %j = phi i64 [ 0, %go ], [ %j1, %sum ]
      %s = phi i64 [ 0, %go ], [ %s3, %sum ]
      %q = getelementptr %record, ptr %out, i64 0, i32 1, i64 %j
      %x = load i64, ptr %q
      %qi = getelementptr %record, ptr %in, i64 0, i32 1, i64 %j
      %y = load i64, ptr %qi
      %s1 = mul i64 %s, 31
      %s2 = add i64 %s1, %x
      %s3 = add i64 %s2, %y
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, 6
      br i1 %jc, label %sum, label %done
    done:
      ret i64 %s3
    })");
  expect_same_everywhere(program, 20, 8);
}

} // namespace
} // namespace ajit::test
