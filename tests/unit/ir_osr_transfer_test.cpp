//===- ir_osr_transfer_test.cpp - Activations that change body in the middle of a loop ----------------------------===//
#include "ir_osr_test_support.h"

#include <array>

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

TEST(OsrTransfer, ValuesThatAreSetOnOnePathOnlyAreTransferred) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r }
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

TEST(OsrTransfer, LoopWithTwoEntriesIsEnteredAtItsHeader) {
  OsrProgram program(R"(
    define i64 @run(i64 %n) {
      %a = call i64 @f(i64 %n, i1 true)
      %b = call i64 @f(i64 %n, i1 false)
      %c = mul i64 %a, 1000003
      %r = add i64 %c, %b
      ret i64 %r
    }
    define i64 @f(i64 %n, i1 %where) {
    entry:
      br label %around
    around:
      %o = phi i64 [ 0, %entry ], [ %o1, %done ]
      %acc = phi i64 [ 1, %entry ], [ %s2, %done ]
      %w = add i64 %o, 5
      br i1 %where, label %left, label %right
    left:
      %i = phi i64 [ 0, %around ], [ %k1, %right ]
      %s = phi i64 [ %acc, %around ], [ %s2, %right ]
      %s1 = mul i64 %s, 3
      %i1 = add i64 %i, 1
      br label %right
    right:
      %k = phi i64 [ 7, %around ], [ %i1, %left ]
      %t = phi i64 [ %acc, %around ], [ %s1, %left ]
      %s2 = add i64 %t, %w
      %k1 = add i64 %k, 1
      %c = icmp slt i64 %k1, %n
      br i1 %c, label %left, label %done
    done:
      %o1 = add i64 %o, 1
      %oc = icmp slt i64 %o1, 4
      br i1 %oc, label %around, label %exit
    exit:
      ret i64 %s2
    })");
  expect_same_everywhere(program, 17, 9);
}

TEST(OsrTransfer, ExceptionsAreCaughtByTheContinuationAndLeaveIt) {
  OsrProgram program(R"(
    @_ZTIl = external constant ptr
    declare i32 @__gxx_personality_v0(...)
    declare ptr @__cxa_allocate_exception(i64)
    declare void @__cxa_throw(ptr, ptr, ptr)
    declare ptr @__cxa_begin_catch(ptr)
    declare void @__cxa_end_catch()
    define i64 @maybe(i64 %x, i64 %limit) uwtable {
      %m = urem i64 %x, 3
      %zero = icmp eq i64 %m, 0
      br i1 %zero, label %throw, label %plain
    plain:
      %over = icmp sgt i64 %x, %limit
      br i1 %over, label %throw, label %ok
    ok:
      ret i64 %m
    throw:
      %e = call ptr @__cxa_allocate_exception(i64 8)
      store i64 %x, ptr %e
      call void @__cxa_throw(ptr %e, ptr @_ZTIl, ptr null)
      unreachable
    }
    define i64 @f(i64 %n, i64 %limit) uwtable personality ptr @__gxx_personality_v0 {
    entry:
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %outer.end ]
      %s = phi i64 [ 0, %entry ], [ %s5, %outer.end ]
      %first = invoke i64 @maybe(i64 1, i64 %n) to label %loop unwind label %failed
    loop:
      %j = phi i64 [ 0, %outer ], [ %j1, %next ]
      %s1 = phi i64 [ %s, %outer ], [ %s4, %next ]
      %x = add i64 %i, %j
      %v = invoke i64 @maybe(i64 %x, i64 %limit) to label %good unwind label %pad
    good:
      %s2 = add i64 %s1, %v
      %s2b = add i64 %s2, %first
      br label %next
    pad:
      %lp = landingpad { ptr, i32 } catch ptr @_ZTIl
      %p = extractvalue { ptr, i32 } %lp, 0
      %object = call ptr @__cxa_begin_catch(ptr %p)
      %thrown = load i64, ptr %object
      %rethrow = icmp sgt i64 %thrown, %limit
      br i1 %rethrow, label %again, label %swallow
    swallow:
      call void @__cxa_end_catch()
      %s3 = mul i64 %s1, 3
      br label %next
    again:
      %e = call ptr @__cxa_allocate_exception(i64 8)
      %payload = add i64 %s1, %i
      store i64 %payload, ptr %e
      call void @__cxa_throw(ptr %e, ptr @_ZTIl, ptr null)
      unreachable
    next:
      %s4 = phi i64 [ %s2b, %good ], [ %s3, %swallow ]
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, 4
      br i1 %jc, label %loop, label %outer.end
    outer.end:
      %s5 = add i64 %s4, %i
      %i1 = add i64 %i, 1
      %c = icmp slt i64 %i1, %n
      br i1 %c, label %outer, label %exit
    failed:
      %lp2 = landingpad { ptr, i32 } cleanup
      resume { ptr, i32 } %lp2
    exit:
      ret i64 %s5
    }
    define i64 @run(i64 %n) uwtable personality ptr @__gxx_personality_v0 {
      %a = call i64 @f(i64 %n, i64 100)
      %b = invoke i64 @f(i64 %n, i64 6) to label %done unwind label %pad
    pad:
      %lp = landingpad { ptr, i32 } catch ptr @_ZTIl
      %p = extractvalue { ptr, i32 } %lp, 0
      %object = call ptr @__cxa_begin_catch(ptr %p)
      %thrown = load i64, ptr %object
      call void @__cxa_end_catch()
      br label %done
    done:
      %c = phi i64 [ %b, %0 ], [ %thrown, %pad ]
      %d = mul i64 %c, 1000
      %r = add i64 %d, %a
      ret i64 %r
    })");
  expect_same_everywhere(program, 8, 12);
}

TEST(OsrTransfer, StackMemoryOfTheOldFrameLivesOnAndTheNewFrameFreesItsOwn) {
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

TEST(OsrTransfer, VariableArgumentsAreReadOnFromWhereTheOldFrameWas) {
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

TEST(OsrTransfer, ArgumentsInMemoryAndResultsInMemoryStayWhereTheyAre) {
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

TEST(OsrTransfer, ValuesOfEveryKindGoThroughTheBuffer) {
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

TEST(OsrTransfer, AllocasAreUsedInPlaceCopiedOrMadeAnew) {
  OsrProgram program(R"(
    @escaped = global ptr null
    declare void @llvm.lifetime.start.p0(i64, ptr)
    declare void @llvm.lifetime.end.p0(i64, ptr)
    define void @bump() noinline {
      %p = load ptr, ptr @escaped
      %x = load i64, ptr %p
      %y = add i64 %x, 1
      store i64 %y, ptr %p
      ret void
    }
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

TEST(OsrTransfer, LabelAddressesAreThoseOfTheBodyThatJumpsToThem) {
  OsrProgram program(interpreter);
  for (const LoopTraits& loop : program.loops())
    EXPECT_EQ(loop.excluded, "");
  expect_same_everywhere(program, 8, 14);
}

/// O0 to O1 to O2 to O3: in each body the first request after `patience` others is granted.
int64_t climb(OsrProgram& program, int64_t argument, unsigned patience) {
  std::array<unsigned, tier_count> asked{};
  int64_t result = program.run(Tier::O0, argument, [&](const OsrProgram::Request& request) -> std::optional<Tier> {
    if (asked[tier_index(request.tier)]++ < patience) return std::nullopt;
    return next_tier(request.tier);
  });
  EXPECT_EQ(program.transitions(), 3u) << "patience " << patience;
  return result;
}

TEST(OsrTransfer, ContinuationsAreThemselvesContinuedInHigherOnes) {
  OsrProgram program(R"(
    @escaped = global ptr null
    define void @bump() noinline {
      %p = load ptr, ptr @escaped
      %x = load i64, ptr %p
      %y = add i64 %x, 1
      store i64 %y, ptr %p
      ret void
    }
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

TEST(OsrTransfer, LabelsAreTranslatedOnEachStepUp) {
  OsrProgram program(interpreter);
  for (unsigned patience : {0, 1, 2, 3})
    EXPECT_EQ(climb(program, 4, patience), program.expected(4)) << "patience " << patience;
}

} // namespace
} // namespace ajit::test
