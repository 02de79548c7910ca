//===- ir_osr_points_test.cpp - Which loops have points, and what is live there -----------------------------------===//
#include "ir_test_support.h"
#include "loop_lines.h"

#include <llvm/IR/Instructions.h>
#include <set>

namespace ajit::test {
namespace {

/// The names of the values that are transferred at `point`.
std::set<std::string> names(const OsrPoint& point) {
  std::set<std::string> result;
  for (const OsrValue& live : point.values)
    result.insert(live.value->getName().str());
  for (const llvm::AllocaInst* alloca : point.allocas)
    result.insert(alloca->getName().str());
  return result;
}

/// Why the only loop of `@f` has no point.
std::string reason(const std::string& text) {
  ParsedModule module(text);
  OsrPoints points = points_of(*module->getFunction("f"));
  EXPECT_EQ(points.loops.size(), 1u);
  return points.loops.empty() ? "no loop" : points.loops[0].excluded;
}

TEST(OsrPoints, OnlyWhatIsUsedAfterTheHeaderIsLive) {
  ParsedModule module(R"(
    define i64 @f(i64 %n, i64 %before, ptr %after) {
    entry:
      %array = alloca [4 x i64]
      %unused = alloca [4 x i64]
      %once = add i64 %before, 1
      store i64 %once, ptr %unused
      %twice = mul i64 %once, 3
      br label %outer
    outer:
      %i = phi i64 [ 0, %entry ], [ %i1, %next ]
      %local = mul i64 %i, 5
      %kept = add i64 %local, %twice
      br label %inner
    inner:
      %j = phi i64 [ 0, %outer ], [ %j1, %inner ]
      %idle = phi i64 [ 7, %outer ], [ 8, %inner ]
      %p = getelementptr i64, ptr %array, i64 %j
      store i64 %kept, ptr %p
      %j1 = add i64 %j, 1
      %jc = icmp slt i64 %j1, 4
      br i1 %jc, label %inner, label %next
    next:
      %i1 = add i64 %i, 1
      %ic = icmp slt i64 %i1, %n
      br i1 %ic, label %outer, label %exit
    exit:
      %r = load i64, ptr %after
      ret i64 %r
    })");
  OsrPoints points = points_of(*module->getFunction("f"));
  ASSERT_EQ(points.points.size(), 2u);
  EXPECT_EQ(names(points.points[0]), (std::set<std::string>{"n", "after", "twice", "i", "array"}));
  EXPECT_EQ(names(points.points[1]), (std::set<std::string>{"n", "after", "twice", "i", "kept", "j", "array"}));
  EXPECT_EQ(points.loops[0].depth, 1u);
  EXPECT_EQ(points.loops[1].depth, 2u);
  EXPECT_EQ(points.loops[0].around, no_loop);
  EXPECT_EQ(points.loops[1].around, 0u);
}

TEST(OsrPoints, OffsetsKeepValuesApartAndAligned) {
  ParsedModule module(R"(
    define void @f(i8 %a, i64 %b, i1 %c, <16 x i32> %d, i16 %e, ptr %out) {
    entry:
      br label %loop
    loop:
      store volatile i8 %a, ptr %out
      store volatile i64 %b, ptr %out
      store volatile <16 x i32> %d, ptr %out
      store volatile i16 %e, ptr %out
      br i1 %c, label %loop, label %exit
    exit:
      ret void
    })");
  OsrPoints points = points_of(*module->getFunction("f"));
  const llvm::DataLayout& layout = module->getDataLayout();
  uint64_t end = 0;
  for (const OsrValue& live : points.points[0].values) {
    llvm::Type* type = live.value->getType();
    EXPECT_GE(live.offset, end) << live.value->getName().str();
    EXPECT_EQ(live.offset % std::min<uint64_t>(layout.getABITypeAlign(type).value(), osr_buffer_align), 0u);
    end = live.offset + layout.getTypeAllocSize(type);
  }
  EXPECT_EQ(points.points[0].values.size(), 6u);
  EXPECT_EQ(points.buffer_bytes, end);
}

constexpr const char* loop_body = R"(
  entry:
    br label %loop
  loop:
    %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
    %i1 = add i64 %i, 1
    %c = icmp slt i64 %i1, 9
    br i1 %c, label %loop, label %exit
  exit:
    ret void
  })";

TEST(OsrPoints, FunctionsThatCannotBeLeftInTheMiddleSayWhy) {
  auto with = [](const std::string& head) { return head + loop_body; };
  EXPECT_EQ(reason(with("define void @f() {")), "");
  EXPECT_EQ(reason(with("define void @f() naked {")), "the function cannot change tier: naked");
  EXPECT_EQ(reason(with("define void @f() presplitcoroutine {")), "the function is a coroutine");
  EXPECT_EQ(reason(with("declare i32 @setjmp(ptr) returns_twice\ndefine void @f(ptr %p) {\n"
                        "%x = call i32 @setjmp(ptr %p) returns_twice\nbr label %entry\n")),
            "the function calls setjmp or another function that returns twice");
  EXPECT_EQ(reason(with("define void @f(ptr inalloca(i64) %p) {")),
            "an argument of the function must stay in its caller's frame (inalloca, preallocated)");
  EXPECT_EQ(reason(with("define void @f(ptr swifterror %p) {")),
            "an argument of the function is bound to a register (swifterror, swiftasync)");
  EXPECT_EQ(reason(with("declare i32 @__CxxFrameHandler3(...)\n"
                        "define void @f() personality ptr @__CxxFrameHandler3 {")),
            "the function handles exceptions with funclets");
  EXPECT_EQ(reason(with("declare ptr @llvm.returnaddress(i32)\ndefine void @f() {\n"
                        "%r = call ptr @llvm.returnaddress(i32 0)\nbr label %entry\n")),
            "the function takes the address of its frame or its return address");
}

TEST(OsrPoints, AsmGotoExcludesTheFunction) {
  EXPECT_EQ(reason(R"(
    define void @f(i1 %c) {
    entry:
      br label %loop
    loop:
      callbr void asm sideeffect "", "!i"() to label %next [label %exit]
    next:
      br i1 %c, label %loop, label %exit
    exit:
      ret void
    })"),
            "the function has assembly that jumps (asm goto)");
}

TEST(OsrPoints, OnlyLoopsThatLeadToVaStartAreExcluded) {
  ParsedModule module(R"(
    declare void @llvm.va_start.p0(ptr)
    define void @f(i1 %c, ...) {
    entry:
      %list = alloca [24 x i8]
      br label %before
    before:
      br i1 %c, label %before, label %start
    start:
      call void @llvm.va_start.p0(ptr %list)
      br label %after
    after:
      br i1 %c, label %after, label %exit
    exit:
      ret void
    })");
  OsrPoints points = points_of(*module->getFunction("f"));
  EXPECT_EQ(points.loops[0].excluded, "the loop leads to va_start");
  EXPECT_EQ(points.loops[1].excluded, "");
}

TEST(OsrPoints, LoopsThatLeadToAGuaranteedTailCallAreExcluded) {
  EXPECT_EQ(reason(loop_before_a_tail_call), "the loop leads to a guaranteed tail call");
}

TEST(OsrPoints, SavedStackPointersAreNotTransferredUnlessTheyComeFromElsewhere) {
  auto text = [](const char* restored) {
    return std::string(R"(
      declare ptr @llvm.stacksave.p0()
      declare void @llvm.stackrestore.p0(ptr)
      define void @f(i1 %c, ptr %p) {
      entry:
        %kept = load ptr, ptr %p
        %saved = call ptr @llvm.stacksave.p0()
        br label %loop
      loop:
        br i1 %c, label %loop, label %exit
      exit:
        call void @llvm.stackrestore.p0(ptr )") +
           restored + ")\n ret void }";
  };
  ParsedModule module(text("%saved"));
  OsrPoints points = points_of(*module->getFunction("f"));
  EXPECT_EQ(points.loops[0].excluded, "");
  EXPECT_EQ(points.points[0].saved_stacks.size(), 1u);
  EXPECT_EQ(names(points.points[0]), (std::set<std::string>{"c"}));
  EXPECT_EQ(reason(text("%kept")), "the loop leads to a stackrestore whose stacksave cannot be found");
}

TEST(OsrPoints, ValuesThatMemoryCannotHoldExcludeTheLoop) {
  EXPECT_EQ(reason(R"(
    define void @f(i1 %c, ptr %p) {
    entry:
      %v = load <vscale x 4 x i32>, ptr %p
      br label %loop
    loop:
      br i1 %c, label %loop, label %exit
    exit:
      store <vscale x 4 x i32> %v, ptr %p
      ret void
    })"),
            "a live value of the loop has a type that cannot be stored in memory");
}

TEST(OsrPoints, LoopThatBeginsAtALandingPadIsExcluded) {
  EXPECT_EQ(reason(R"(
    declare void @g()
    declare i32 @__gxx_personality_v0(...)
    define void @f() personality ptr @__gxx_personality_v0 {
    entry:
      invoke void @g() to label %exit unwind label %pad
    pad:
      %lp = landingpad { ptr, i32 } catch ptr null
      invoke void @g() to label %exit unwind label %pad
    exit:
      ret void
    })"),
            "the loop header is an exception handler");
}

TEST(OsrPoints, PointerIntoATableOfLabelsExcludesTheLoop) {
  EXPECT_EQ(reason(R"(
    @f.table = internal constant [2 x ptr] [ptr blockaddress(@f, %loop), ptr blockaddress(@f, %exit)]
    define void @f(i64 %n) {
    entry:
      %slot = getelementptr [2 x ptr], ptr @f.table, i64 0, i64 %n
      br label %loop
    loop:
      %label = load ptr, ptr %slot
      indirectbr ptr %label, [label %loop, label %exit]
    exit:
      ret void
    })"),
            "the loop holds a pointer into a table of label addresses");
}

TEST(OsrPoints, LayoutsAgreeBetweenContextsAndTellLoopsApart) {
  constexpr const char* text = R"(
    define void @f(i64 %n, i32 %m, i1 %c) {
    entry:
      br label %first
    first:
      %i = phi i64 [ 0, %entry ], [ %n, %first ]
      br i1 %c, label %first, label %second
    second:
      %j = phi i32 [ 0, %first ], [ %m, %second ]
      br i1 %c, label %second, label %exit
    exit:
      ret void
    })";
  ParsedModule one(text), other(text);
  OsrPoints a = points_of(*one->getFunction("f")), b = points_of(*other->getFunction("f"));
  EXPECT_EQ(a.loops[0].layout, b.loops[0].layout);
  EXPECT_NE(a.loops[0].layout, a.loops[1].layout);
}

TEST(OsrPoints, SourceLinesOfLoopsComeFromTheirDescriptionOrTheirHeader) {
  ParsedModule module(R"(
    define void @f(i1 %c) !dbg !4 {
    entry:
      br label %described
    described:
      br i1 %c, label %described, label %plain, !dbg !7, !llvm.loop !8
    plain:
      br i1 %c, label %plain, label %exit, !dbg !11
    exit:
      ret void
    }
    !llvm.dbg.cu = !{!0}
    !llvm.module.flags = !{!3}
    !0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
    !1 = !DIFile(filename: "f.c", directory: "/")
    !2 = !DISubroutineType(types: !5)
    !3 = !{i32 2, !"Debug Info Version", i32 3}
    !4 = distinct !DISubprogram(name: "f", file: !1, line: 10, type: !2, unit: !0, spFlags: DISPFlagDefinition)
    !5 = !{}
    !7 = !DILocation(line: 22, scope: !4)
    !8 = distinct !{!8, !9, !10}
    !9 = !DILocation(line: 20, scope: !4)
    !10 = !DILocation(line: 24, scope: !4)
    !11 = !DILocation(line: 30, scope: !4)
    )");
  EXPECT_EQ(loop_lines(*module->getFunction("f")), (std::vector<uint32_t>{20, 30}));
}

} // namespace
} // namespace ajit::test
