//===- ir_foreign_labels_test.cpp - Labels that other functions hold ----------------------------------------------===//
#include "foreign_labels.h"
#include "ir_test_support.h"
#include "unit.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Verifier.h>

namespace ajit {
namespace {

/// `f` has three labels and mentions none of them. Branch threading removes its first block.
constexpr const char* holders = R"(
define i32 @f(ptr %to) {
entry:
  br i1 true, label %jump, label %never
never:
  br label %jump
jump:
  indirectbr ptr %to, [label %a, label %b, label %c]
a:
  ret i32 1
b:
  ret i32 2
c:
  ret i32 3
}
@table = constant [1 x ptr] [ptr blockaddress(@f, %a)]
define ptr @third() {
  ret ptr blockaddress(@f, %c)
}
define i64 @distance(i32 %x) {
entry:
  switch i32 %x, label %other [i32 0, label %end
                               i32 1, label %end]
other:
  br label %end
end:
  %d = phi i64 [sub (i64 ptrtoint (ptr blockaddress(@f, %b) to i64),
                    i64 ptrtoint (ptr blockaddress(@f, %a) to i64)), %entry],
               [sub (i64 ptrtoint (ptr blockaddress(@f, %b) to i64),
                    i64 ptrtoint (ptr blockaddress(@f, %a) to i64)), %entry],
               [0, %other]
  ret i64 %d
}
define ptr @first() {
  %label = load ptr, ptr @table
  ret ptr %label
}
)";

using test::unit_of;

/// The indices of the labels that `unit` requests.
std::vector<uint64_t> asked_for(const Unit& unit) {
  std::vector<uint64_t> indices;
  for (const llvm::Function& function : *unit.module)
    for (const llvm::Instruction& instruction : llvm::instructions(function))
      if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
          call && call->getCalledFunction()->getName() == label_address_function) {
        EXPECT_EQ(call->getArgOperand(0)->getName(), labels_symbol("f"));
        indices.push_back(llvm::cast<llvm::ConstantInt>(call->getArgOperand(1))->getZExtValue());
      }
  return indices;
}

void expect_table_of_three(const Unit& unit) {
  const std::string& name = unit.bodies[0].label_table;
  ASSERT_FALSE(name.empty());
  const llvm::GlobalVariable* table = unit.module->getNamedGlobal(name);
  ASSERT_TRUE(table);
  ASSERT_EQ(table->getInitializer()->getNumOperands(), 3u);
  for (const llvm::Use& label : table->getInitializer()->operands())
    EXPECT_EQ(llvm::cast<llvm::BlockAddress>(label)->getFunction()->getName(), unit.bodies[0].symbol);
  EXPECT_FALSE(unit.bodies[0].traits.pinned.empty());
}

TEST(ForeignLabels, TheHolderAsksAndTheOwnerHasATable) {
  test::ModuleFromText module(holders);
  Unit holder = unit_of(*module, "third");
  EXPECT_EQ(asked_for(holder), std::vector<uint64_t>{2});
  EXPECT_FALSE(llvm::verifyModule(*holder.module, &llvm::errs()));
  expect_table_of_three(unit_of(*module, "f"));
}

TEST(ForeignLabels, ItDoesNotMatterWhoIsReadFirst) {
  test::ModuleFromText module(holders);
  expect_table_of_three(unit_of(*module, "f"));
  EXPECT_EQ(asked_for(unit_of(*module, "third")), std::vector<uint64_t>{2});
}

TEST(ForeignLabels, ExpressionsBecomeInstructionsAndEdgesOfOneBlockAgree) {
  test::ModuleFromText module(holders);
  Unit holder = unit_of(*module, "distance");
  EXPECT_FALSE(asked_for(holder).empty());
  EXPECT_FALSE(llvm::verifyModule(*holder.module, &llvm::errs()));
}

TEST(ForeignLabels, TablesOfLabelsAreNotImported) {
  test::ModuleFromText module(holders);
  Unit holder = unit_of(*module, "first", Tier::O2);
  EXPECT_FALSE(holder.module->getNamedGlobal("table")->hasInitializer());
}

TEST(ForeignLabels, AFunctionThatKeepsItsLabelsToItselfHasNoTable) {
  test::ModuleFromText module(R"(
    define i32 @g(i1 %c) {
      %to = select i1 %c, ptr blockaddress(@g, %a), ptr blockaddress(@g, %b)
      indirectbr ptr %to, [label %a, label %b]
    a:
      ret i32 1
    b:
      ret i32 2
    })");
  Unit unit = unit_of(*module, "g");
  EXPECT_TRUE(unit.bodies[0].label_table.empty());
  EXPECT_TRUE(unit.bodies[0].traits.pinned.empty());
}

} // namespace
} // namespace ajit
