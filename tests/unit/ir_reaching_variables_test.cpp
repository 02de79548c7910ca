//===- ir_reaching_variables_test.cpp - Continuations say where the function's variables are ----------------------===//
#include "ir_test_support.h"
#include "llvm_compiler.h"
#include "module_copy.h"
#include "module_source.h"
#include "reaching_variables.h"
#include "unit.h"

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/DebugProgramInstruction.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <map>

namespace ajit::test {
namespace {

using namespace llvm;

constexpr const char* metadata = R"(
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "test.c", directory: "/tmp")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !DIBasicType(name: "long", size: 64, encoding: DW_ATE_signed)
!4 = !DISubroutineType(types: !5)
!5 = !{!3, !3}
!6 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 1, type: !4, spFlags: DISPFlagDefinition, unit: !0)
!7 = !DILocation(line: 2, scope: !6)
!10 = !DILocalVariable(name: "argument", arg: 1, scope: !6, file: !1, line: 1, type: !3)
!11 = !DILocalVariable(name: "memory", scope: !6, file: !1, line: 1, type: !3)
!12 = !DILocalVariable(name: "invariant", scope: !6, file: !1, line: 1, type: !3)
!13 = !DILocalVariable(name: "constant", scope: !6, file: !1, line: 1, type: !3)
!14 = !DILocalVariable(name: "either", scope: !6, file: !1, line: 1, type: !3)
!15 = !DILocalVariable(name: "counter", scope: !6, file: !1, line: 1, type: !3)
!16 = !DILocalVariable(name: "gone", scope: !6, file: !1, line: 1, type: !3)
!17 = !DILocalVariable(name: "changed", scope: !6, file: !1, line: 1, type: !3)
)";

// "either" depends on the path taken, the loop sets "changed" again, and "gone" has no uses.
constexpr const char* program = R"(
  target triple = "x86_64-pc-linux-gnu"
  declare void @look(ptr)
  define void @look_here(ptr %p) noinline { ret void }
  define i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r }
  define i64 @f(i64 %n) !dbg !6 {
  entry:
    %memory = alloca i64
      #dbg_declare(ptr %memory, !11, !DIExpression(), !7)
      #dbg_value(i64 %n, !10, !DIExpression(), !7)
    store i64 %n, ptr %memory, !dbg !7
    %invariant = mul i64 %n, 3, !dbg !7
      #dbg_value(i64 %invariant, !12, !DIExpression(), !7)
      #dbg_value(i64 5, !13, !DIExpression(), !7)
      #dbg_value(i64 0, !14, !DIExpression(), !7)
      #dbg_value(i64 %invariant, !17, !DIExpression(), !7)
    %gone = add i64 %n, 77, !dbg !7
      #dbg_value(i64 %gone, !16, !DIExpression(), !7)
    %odd = and i64 %gone, 1, !dbg !7
    %is_odd = icmp eq i64 %odd, 1, !dbg !7
    br i1 %is_odd, label %one, label %before, !dbg !7
  one:
      #dbg_value(i64 1, !14, !DIExpression(), !7)
    call void @look_here(ptr %memory), !dbg !7
    br label %before, !dbg !7
  before:
    br label %loop, !dbg !7
  loop:
    %i = phi i64 [ 0, %before ], [ %i1, %loop ], !dbg !7
    %s = phi i64 [ 0, %before ], [ %s1, %loop ], !dbg !7
      #dbg_value(i64 %i, !15, !DIExpression(), !7)
    store volatile i64 %i, ptr %memory, !dbg !7
    %x = load volatile i64, ptr %memory, !dbg !7
    %y = add i64 %x, %invariant, !dbg !7
      #dbg_value(i64 %y, !17, !DIExpression(), !7)
    %s1 = add i64 %s, %y, !dbg !7
    %i1 = add i64 %i, 1, !dbg !7
    %more = icmp slt i64 %i1, %n, !dbg !7
    br i1 %more, label %loop, label %done, !dbg !7
  done:
    ret i64 %s1, !dbg !7
  })";

std::string name(const DbgVariableRecord& record) { return record.getVariable()->getName().str(); }

TEST(ReachingVariables, AreThoseOfWhichAllWaysSayTheSame) {
  ParsedModule module(std::string(program) + metadata);
  Function& f = *module->getFunction("f");
  auto block = [&](StringRef wanted) -> BasicBlock& {
    return *find_if(f, [&](const BasicBlock& each) { return each.getName() == wanted; });
  };
  auto names = [&](StringRef at) {
    std::string all;
    for (const DbgVariableRecord* record : reaching_variables(block(at)))
      all += (all.empty() ? "" : " ") + name(*record);
    return all;
  };
  EXPECT_EQ(names("entry"), "");
  EXPECT_EQ(names("one"), "memory argument invariant constant either changed gone");
  EXPECT_EQ(names("before"), "memory argument invariant constant changed gone");
  EXPECT_EQ(names("loop"), "memory argument invariant constant gone") << "changed comes by the back edge as well";
  EXPECT_EQ(names("done"), "memory argument invariant constant changed gone counter");
}

TEST(ReachingVariables, AreShownInTheEntryOfAContinuation) {
  LLVMContext context;
  LlvmCompiler compiler(TargetSpec::host());
  auto source =
      cantFail(ModuleSource::from_buffer(MemoryBuffer::getMemBufferCopy(std::string(program) + metadata), "test.ll"));
  auto copy = cantFail(ModuleCopy::load(*source, 0, context, *cantFail(compiler.machine(Tier::O0)), DebugInfo::keep));
  UnitRequest request;
  request.tier = Tier::O3;
  request.last_tier = true;
  request.functions.push_back({"f", /*counted=*/false, /*polled=*/false, /*loop=*/0});
  Unit unit = build_unit(*copy, request);
  ASSERT_FALSE(unit.bodies[0].refusal);
  std::string problems;
  raw_string_ostream stream(problems);
  verifyModule(*unit.module, &stream);
  EXPECT_EQ(problems, "");

  std::map<std::string, std::string> shown;
  for (Instruction& instruction : unit.module->getFunction("f$O3$loop0")->getEntryBlock())
    for (DbgVariableRecord& record : filterDbgVars(instruction.getDbgRecordRange())) {
      Value* place = record.getVariableLocationOp(0);
      std::string what = isa<Argument>(place) ? "passed" : isa<LoadInst>(place) ? "loaded" : "constant";
      EXPECT_TRUE(shown.try_emplace(name(record), (record.isDbgDeclare() ? "declared " : "") + what).second);
    }
  EXPECT_EQ(
      shown,
      (std::map<std::string, std::string>{
          {"argument", "loaded"}, {"constant", "constant"}, {"invariant", "loaded"}, {"memory", "declared passed"}}));
}

} // namespace
} // namespace ajit::test
