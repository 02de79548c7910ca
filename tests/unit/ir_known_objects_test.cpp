//===- ir_known_objects_test.cpp - What continuations know of the values they load --------------------------------===//
#include "ir_osr_test_support.h"

#include <llvm/IR/ConstantRange.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Metadata.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace ajit::test {
namespace {

using namespace llvm;

/// Disables leak detection during its lifetime: the test programs never free memory.
struct ProgramsLeak {
  ProgramsLeak() {} // avoids a warning about an unused variable
#if __has_feature(address_sanitizer)
  __lsan::ScopedDisabler disabled;
#endif
};

constexpr const char* driver = R"(
  declare noalias ptr @malloc(i64) allockind("alloc,uninitialized") "alloc-family"="malloc"
  declare void @unknown(ptr)
  @data = global [64 x i64] zeroinitializer
  @global = global ptr null
  define i64 @run(i64 %n) {
    %b = getelementptr i8, ptr @data, i64 256
    %r = call i64 @f(ptr @data, ptr %b, i64 %n)
    ret i64 %r
  }
  )";

/// How many arguments of the continuation of `loop` are known to be the only pointers to their memory.
size_t known_objects_of(OsrProgram& program, uint32_t loop = 0) {
  Unit unit = program.build(Tier::O3, loop, /*polled=*/false);
  const Function* inlined = unit.module->getFunction(unit.bodies[0].symbol + ".inlined");
  if (!inlined) return 0;
  EXPECT_TRUE(inlined->hasFnAttribute(Attribute::AlwaysInline));
  // The first is the buffer.
  return static_cast<size_t>(
      count_if(drop_begin(inlined->args()), [](const Argument& a) { return a.hasNoAliasAttr(); }));
}

std::string function(const std::string& arguments, const std::string& body) {
  return std::string(driver) + "define i64 @f(" + arguments + ") {\n" + body + "\n}\n";
}

// Each round stores through one pointer and reads through another. The entry block contains %before.
std::string copying_loop(const std::string& arguments, const std::string& before = "") {
  return function(arguments, before + R"(
    br label %loop
  loop:
    %i = phi i64 [ 0, %0 ], [ %i1, %loop ]
    %from = getelementptr inbounds i64, ptr %b, i64 %i
    %x = load i64, ptr %from
    %y = add i64 %x, %i
    %to = getelementptr inbounds i64, ptr %a, i64 %i
    store i64 %y, ptr %to
    %i1 = add nuw nsw i64 %i, 1
    %more = icmp slt i64 %i1, %n
    br i1 %more, label %loop, label %done
  done:
    %r = load i64, ptr %a
    ret i64 %r)");
}

TEST(KnownObjects, AreThoseOfNoaliasArguments) {
  OsrProgram both(copying_loop("ptr noalias %a, ptr noalias %b, i64 %n"));
  EXPECT_EQ(known_objects_of(both), 2u);
  expect_same_everywhere(both, 20);
  OsrProgram one(copying_loop("ptr noalias %a, ptr %b, i64 %n"));
  EXPECT_EQ(known_objects_of(one), 1u);
  OsrProgram none(copying_loop("ptr %a, ptr %b, i64 %n"));
  EXPECT_EQ(known_objects_of(none), 0u);
}

TEST(KnownObjects, AreNotThoseThatOthersMayKnow) {
  for (const char* before :
       {"store ptr %a, ptr @global", "call void @unknown(ptr %a)", "%p = ptrtoint ptr %a to i64"}) {
    OsrProgram program(copying_loop("ptr noalias %a, ptr noalias %b, i64 %n", before));
    EXPECT_EQ(known_objects_of(program), 1u) << before;
  }
}

/// The blocks of the optimised continuation: "vector.memcheck" if it checks at run time whether pointers overlap.
bool looks_for_overlap(OsrProgram& program, uint32_t loop) {
  Unit unit = program.build(Tier::O3, loop, /*polled=*/false);
  LlvmCompiler compiler(TargetSpec::host());
  CompileTimes times;
  bool looks = false, vectors = false;
  cantFail(compiler.compile(*unit.module, Tier::O3, times, [&] {
    Function* body = unit.module->getFunction(unit.bodies[0].symbol);
    for (const Instruction& instruction : instructions(*body))
      vectors |= isa<StoreInst>(instruction) && instruction.getOperand(0)->getType()->isVectorTy();
    // Without checks the code never compares the two pointers, regardless of the blocks' names.
    for (const Instruction& instruction : instructions(*body))
      if (auto* compare = dyn_cast<ICmpInst>(&instruction))
        looks |= compare->getOperand(0)->getType()->isPointerTy() || isa<PtrToIntInst>(compare->getOperand(0));
    for (const Instruction& instruction : instructions(*body))
      looks |= isa<PtrToIntInst>(instruction);
  }));
  EXPECT_TRUE(vectors);
  return looks;
}

TEST(KnownObjects, LoopOverRestrictPointersIsVectorisedWithoutLookingForOverlap) {
  OsrProgram known(copying_loop("ptr noalias %a, ptr noalias %b, i64 %n"));
  EXPECT_FALSE(looks_for_overlap(known, 0));
  OsrProgram unknown(copying_loop("ptr %a, ptr %b, i64 %n"));
  EXPECT_TRUE(looks_for_overlap(unknown, 0));
}

// As clang makes of `while (to != end) *to++ = *from++ + 1`: three live pointers, and %a only for the result.
std::string advancing_loop(const std::string& end) {
  return function("ptr noalias %a, ptr noalias %b, i64 %n", end + R"(
    br label %loop
  loop:
    %to = phi ptr [ %a, %0 ], [ %to1, %loop ]
    %from = phi ptr [ %b, %0 ], [ %from1, %loop ]
    %x = load i64, ptr %from
    %y = add i64 %x, 1
    store i64 %y, ptr %to
    %from1 = getelementptr inbounds i64, ptr %from, i64 1
    %to1 = getelementptr inbounds i64, ptr %to, i64 1
    %more = icmp ne ptr %to1, %end
    br i1 %more, label %loop, label %done
  done:
    %r = load i64, ptr %a
    ret i64 %r)");
}

TEST(KnownObjects, AllLivePointersIntoOneAreRemadeFromTheFirst) {
  OsrProgram program(advancing_loop("%end = getelementptr inbounds i64, ptr %a, i64 %n"));
  EXPECT_EQ(known_objects_of(program), 2u);
  expect_same_everywhere(program, 20);
  Unit unit = program.build(Tier::O3, 0, /*polled=*/false);
  Function* inlined = unit.module->getFunction(unit.bodies[0].symbol + ".inlined");
  size_t remade = 0;
  for (Instruction& instruction : inlined->getEntryBlock())
    if (auto* element = dyn_cast<GetElementPtrInst>(&instruction))
      remade += element->getPointerOperand() == inlined->getArg(1);
  EXPECT_EQ(remade, 3u) << "%a, %to and %end";
}

TEST(KnownObjects, PointerThatMayPointIntoAnotherIsNoWayToEither) {
  // The analysis cannot tell which array the end belongs to.
  OsrProgram program(advancing_loop(R"(
    %which = icmp sgt i64 %n, 0
    %array = select i1 %which, ptr %a, ptr %b
    %end = getelementptr inbounds i64, ptr %array, i64 %n)"));
  EXPECT_EQ(known_objects_of(program), 0u);
  expect_same_everywhere(program, 20);
}

TEST(KnownObjects, AreThoseThatTheFunctionAllocatedAndMayReturn) {
  OsrProgram program(function("ptr %a, ptr %b, i64 %n", R"(
    %first = call ptr @malloc(i64 512)
    %second = call ptr @malloc(i64 512)
    store i64 7, ptr %first
    br label %loop
  loop:
    %i = phi i64 [ 0, %0 ], [ %i1, %loop ]
    %from = getelementptr inbounds i64, ptr %first, i64 %i
    %x = load i64, ptr %from
    %i1 = add nuw nsw i64 %i, 1
    %to = getelementptr inbounds i64, ptr %first, i64 %i1
    store i64 %x, ptr %to
    %other = getelementptr inbounds i64, ptr %second, i64 %i
    store i64 %i, ptr %other
    %more = icmp slt i64 %i1, %n
    br i1 %more, label %loop, label %done
  done:
    %last = load i64, ptr %to
    %mark = load i64, ptr %second
    %r = add i64 %last, %mark
    ret i64 %r)"));
  EXPECT_EQ(known_objects_of(program), 2u);
  const ProgramsLeak leak;
  expect_same_everywhere(program, 20);
}

TEST(KnownObjects, TwoMadeByOneCallAreNotTakenForOne) {
  // A round's object, and that of the previous round, which the inner loop reads.
  OsrProgram program(function("ptr %a, ptr %b, i64 %n", R"(
    br label %outer
  outer:
    %i = phi i64 [ 0, %0 ], [ %i1, %next ]
    %before = phi ptr [ undef, %0 ], [ %new, %next ]
    %new = call ptr @malloc(i64 64)
    %is_first = icmp eq i64 %i, 0
    %old = select i1 %is_first, ptr %new, ptr %before
    store i64 %i, ptr %new
    br label %inner
  inner:
    %j = phi i64 [ 0, %outer ], [ %j1, %inner ]
    %x = load i64, ptr %old
    %y = load i64, ptr %new
    %z = add i64 %x, %y
    store i64 %z, ptr %new
    %j1 = add nuw nsw i64 %j, 1
    %again = icmp slt i64 %j1, 3
    br i1 %again, label %inner, label %next
  next:
    %i1 = add nuw nsw i64 %i, 1
    %more = icmp slt i64 %i1, %n
    br i1 %more, label %outer, label %done
  done:
    %r = load i64, ptr %new
    ret i64 %r)"));
  EXPECT_EQ(known_objects_of(program, 0), 1u) << "of the outer loop one is live";
  EXPECT_EQ(known_objects_of(program, 1), 0u);
  const ProgramsLeak leak;
  expect_same_everywhere(program, 12);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Ranges of integers

/// The !range of what the continuation loads for the value named `name`, or "none".
std::string range_of(OsrProgram& program, StringRef name, uint32_t loop = 0) {
  Unit unit = program.build(Tier::O3, loop, /*polled=*/false);
  for (Function& function : *unit.module)
    for (Instruction& instruction : instructions(function)) {
      if (!isa<LoadInst>(instruction) || instruction.getName() != name) continue;
      MDNode* range = instruction.getMetadata(LLVMContext::MD_range);
      if (!range) return "none";
      std::string text;
      raw_string_ostream(text) << getConstantRangeFromMetadata(*range);
      return text;
    }
  return "not loaded";
}

TEST(KnownRanges, AreWhatTheLoopsSayOfTheirCounters) {
  OsrProgram program(function("ptr %a, ptr %b, i64 %n", R"(
    br label %outer
  outer:
    %i = phi i64 [ 0, %0 ], [ %i1, %next ]
    %s = phi i64 [ 0, %0 ], [ %s2, %next ]
    %small = phi i32 [ 10, %0 ], [ %small1, %next ]
    br label %inner
  inner:
    %j = phi i64 [ 0, %outer ], [ %j1, %inner ]
    %s1 = phi i64 [ %s, %outer ], [ %s2, %inner ]
    %flag = phi i1 [ false, %outer ], [ true, %inner ]
    %f = zext i1 %flag to i64
    %sf = add i64 %s1, %f
    %s2 = add i64 %sf, %j
    %j1 = add nuw nsw i64 %j, 1
    %again = icmp slt i64 %j1, %n
    br i1 %again, label %inner, label %next
  next:
    %small1 = sub nsw i32 %small, 1
    %i1 = add nuw nsw i64 %i, 1
    %more = icmp slt i64 %i1, 8
    br i1 %more, label %outer, label %done
  done:
    %left = sext i32 %small1 to i64
    %r = add i64 %s2, %left
    ret i64 %r)"));
  EXPECT_EQ(range_of(program, "i", 0), "[0,8)");
  EXPECT_EQ(range_of(program, "small", 0), "[3,11)");
  EXPECT_EQ(range_of(program, "i", 1), "[0,8)") << "in the inner loop too";
  EXPECT_EQ(range_of(program, "j", 1), "[0,9223372036854775807)");
  EXPECT_EQ(range_of(program, "s", 0), "none") << "nothing is known of a sum";
  EXPECT_EQ(range_of(program, "flag", 1), "none") << "!range of i1 says nothing";
  expect_same_everywhere(program, 5);
}

TEST(KnownRanges, OfAnArgumentAreThoseItPromises) {
  OsrProgram program(copying_loop("ptr %a, ptr %b, i64 range(i64 1, 64) %n"));
  EXPECT_EQ(range_of(program, "n"), "[1,64)");
}

} // namespace
} // namespace ajit::test
