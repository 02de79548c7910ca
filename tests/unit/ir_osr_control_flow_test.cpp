//===- ir_osr_control_flow_test.cpp - Activations that change body in loops of every shape ------------------------===//
#include "ir_osr_test_support.h"

namespace ajit::test {
namespace {

TEST(OsrControlFlow, NestIsEnteredAtEachOfItsLoops) {
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
  std::vector<LoopFacts> loops = program.loops();
  ASSERT_EQ(loops.size(), 3u);
  EXPECT_EQ(loops[0].depth, 1u);
  EXPECT_EQ(loops[2].depth, 3u);
  expect_same_everywhere(program, 7, 12);
}

TEST(OsrControlFlow, LoopWithTwoEntriesIsEnteredAtItsHeader) {
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

TEST(OsrControlFlow, ExceptionsAreCaughtByTheContinuationAndLeaveIt) {
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

} // namespace
} // namespace ajit::test
