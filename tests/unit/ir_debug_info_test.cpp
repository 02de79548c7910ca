//===- ir_debug_info_test.cpp - Debug information in units, kept and dropped --------------------------------------===//
#include "data_unit.h"
#include "debug_info.h"
#include "ir_test_support.h"
#include "unit.h"

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <optional>

namespace ajit {
namespace {

using llvm::cantFail;

// int count; static int twice(int x) { int doubled = x * 2; return doubled; } int f(int x) { return twice(x) + count; }
constexpr const char* program = R"(
@count = global i32 1, !dbg !0

define i32 @twice(i32 %x) !dbg !20 {
  %slot = alloca i32
  store i32 %x, ptr %slot
  tail call void @llvm.dbg.declare(metadata ptr %slot, metadata !21, metadata !DIExpression()), !dbg !22
  %now = load i32, ptr %slot
  %doubled = mul i32 %now, 2, !dbg !22
  ret i32 %doubled, !dbg !22
}

define i32 @f(i32 %x) !dbg !30 {
  %t = call i32 @twice(i32 %x), !dbg !31
  %c = load i32, ptr @count, !dbg !31
  %sum = add i32 %t, %c, !dbg !31
  ret i32 %sum, !dbg !32
}

declare void @llvm.dbg.declare(metadata, metadata, metadata)

!llvm.dbg.cu = !{!2}
!llvm.module.flags = !{!5, !6}

!0 = !DIGlobalVariableExpression(var: !1, expr: !DIExpression())
!1 = distinct !DIGlobalVariable(name: "count", scope: !2, file: !3, line: 1, type: !4, isDefinition: true)
!2 = distinct !DICompileUnit(language: DW_LANG_C11, file: !3, emissionKind: FullDebug, globals: !7, retainedTypes: !8)
!3 = !DIFile(filename: "test.c", directory: "/tmp")
!4 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!5 = !{i32 2, !"Debug Info Version", i32 3}
!6 = !{i32 7, !"Dwarf Version", i32 5}
!7 = !{!0}
!8 = !{!4}
!9 = !DISubroutineType(types: !10)
!10 = !{!4, !4}
!20 = distinct !DISubprogram(name: "twice", scope: !3, file: !3, line: 2, type: !9, spFlags: DISPFlagDefinition, unit: !2)
!21 = !DILocalVariable(name: "x", arg: 1, scope: !20, file: !3, line: 2, type: !4)
!22 = !DILocation(line: 3, scope: !20)
!30 = distinct !DISubprogram(name: "f", scope: !3, file: !3, line: 5, type: !9, spFlags: DISPFlagDefinition, unit: !2)
!31 = !DILocation(line: 6, scope: !30)
!32 = !DILocation(line: 7, scope: !30)
)";

class DebugInfoTest : public testing::Test {
protected:
  ModuleCopy& load(DebugInfo debug_info) { return *module_.emplace(program, debug_info); }

  static std::string problems_of(const llvm::Module& module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm::verifyModule(module, &stream);
    return text;
  }

private:
  std::optional<test::ModuleFromText> module_;
};

TEST_F(DebugInfoTest, IsDroppedUnlessAskedFor) {
  Unit unit = test::unit_of(load(DebugInfo::drop), "f", Tier::O1);
  const llvm::Function* body = unit.module->getFunction("f$O1");
  EXPECT_FALSE(body->getSubprogram());
  for (const llvm::Instruction& instruction : llvm::instructions(*body))
    EXPECT_FALSE(instruction.getDebugLoc());
  EXPECT_TRUE(unit.module->debug_compile_units().empty());
}

TEST_F(DebugInfoTest, BodiesKeepTheirLinesAndVariables) {
  Unit unit = test::unit_of(load(DebugInfo::keep), "twice", Tier::O0);
  EXPECT_EQ(problems_of(*unit.module), "");
  const llvm::Function* body = unit.module->getFunction("twice$O0");
  ASSERT_TRUE(body->getSubprogram());
  EXPECT_EQ(body->getSubprogram()->getName(), "twice");
  EXPECT_EQ(body->back().getTerminator()->getDebugLoc().getLine(), 3u);
  EXPECT_EQ(unit.module->getDwarfVersion(), 5u);
  // The canonical form has promoted the variable from its stack slot to a value.
  std::string text;
  llvm::raw_string_ostream stream(text);
  body->print(stream);
  EXPECT_NE(text.find("dbg_value"), std::string::npos) << text;
}

TEST_F(DebugInfoTest, ImportedBodiesShareTheUnitsAndVerify) {
  Unit unit = test::unit_of(load(DebugInfo::keep), "f", Tier::O3);
  EXPECT_EQ(problems_of(*unit.module), "");
  ASSERT_EQ(unit.imported, 1u);
  EXPECT_EQ(unit.module->getFunction("twice")->getSubprogram()->getName(), "twice");
  EXPECT_EQ(std::distance(unit.module->debug_compile_units_begin(), unit.module->debug_compile_units_end()), 1);
}

TEST_F(DebugInfoTest, UnitsOfBodiesListNoGlobalsAndTheUnitOfDataDoes) {
  ModuleCopy& copy = load(DebugInfo::keep);
  Unit unit = test::unit_of(copy, "f", Tier::O0);
  for (const llvm::DICompileUnit* node : unit.module->debug_compile_units()) {
    EXPECT_TRUE(node->getGlobalVariables().empty());
    EXPECT_TRUE(node->getRetainedTypes().empty());
  }
  DataUnit data = cantFail(build_data_unit(copy, 0));
  EXPECT_EQ(problems_of(*data.module), "");
  llvm::SmallVector<llvm::DIGlobalVariableExpression*, 1> known;
  data.module->getNamedGlobal("count")->getDebugInfo(known);
  ASSERT_EQ(known.size(), 1u);
  unsigned listed = 0;
  for (const llvm::DICompileUnit* node : data.module->debug_compile_units())
    for (const llvm::DIGlobalVariableExpression* expression : node->getGlobalVariables()) {
      EXPECT_EQ(expression, known[0]);
      ++listed;
    }
  EXPECT_EQ(listed, 1u);
}

TEST_F(DebugInfoTest, ReadingAllBodiesDropsNothing) {
  ModuleCopy& copy = load(DebugInfo::keep);
  read_all_bodies(copy.module());
  EXPECT_TRUE(copy.module().getFunction("twice")->getSubprogram());
  EXPECT_TRUE(cantFail(copy.canonical("f"))->getSubprogram());
}

} // namespace
} // namespace ajit
