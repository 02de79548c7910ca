#include "large_variables.h"

#include "ir_test_support.h"

namespace ajit {
namespace {

/// The names of the variables that are marked, in module order.
std::string marked(const std::string& text) {
  test::ParsedModule module(text);
  for (llvm::GlobalVariable& variable : module->globals())
    variable.setDSOLocal(true);
  mark_large_variables(*module);
  std::string names;
  for (const llvm::GlobalVariable& variable : module->globals()) {
    EXPECT_EQ(variable.isDSOLocal(), !variable.getCodeModel().has_value()) << variable.getName().str();
    if (variable.getCodeModel() == llvm::CodeModel::Large) names += variable.getName().str() + " ";
  }
  return names;
}

TEST(LargeVariables, AModuleWithLittleDataHasNone) {
  EXPECT_EQ(marked("@a = global [100000000 x i8] zeroinitializer\n@b = global i32 1"), "");
}

TEST(LargeVariables, OfMuchDataOnlyTheLargestAreApart) {
  EXPECT_EQ(marked("@small = global [1000000 x i8] zeroinitializer\n@large = global [400000000 x i8] zeroinitializer\n"
                   "@constant = constant [200000000 x i8] zeroinitializer"),
            "large constant ");
}

TEST(LargeVariables, ManyOfMiddlingSizeAreApartToo) {
  std::string text = "@one = global i32 0\n", names;
  for (int i = 0; i < 300; ++i) {
    text += "@v" + std::to_string(i) + " = global [1000000 x i8] zeroinitializer\n";
    names += "v" + std::to_string(i) + " ";
  }
  EXPECT_EQ(marked(text), names);
}

TEST(LargeVariables, DeclarationsThreadLocalsAndOwnSectionsStay) {
  EXPECT_EQ(marked("@elsewhere = external global [400000000 x i8]\n"
                   "@each = thread_local global [400000000 x i8] zeroinitializer\n"
                   "@placed = global [400000000 x i8] zeroinitializer, section \".pool\"\n"
                   "@movable = global [70000000 x i8] zeroinitializer"),
            "movable ");
}

TEST(LargeVariables, WhatTheProgramItselfPlacesApartIsReachedFromAfar) {
  test::ParsedModule module("@model = dso_local global i32 1, code_model \"large\"\n"
                            "@placed = dso_local global i32 1, section \".ldata.mine\"\n"
                            "@usual = dso_local global i32 1");
  mark_large_variables(*module);
  EXPECT_FALSE(module->getNamedGlobal("model")->isDSOLocal());
  EXPECT_FALSE(module->getNamedGlobal("placed")->isDSOLocal());
  EXPECT_TRUE(module->getNamedGlobal("usual")->isDSOLocal());
}

TEST(LargeVariables, SizesThatOverflowAreLarge) {
  EXPECT_EQ(marked("@a = global [2000000000000000000 x i64] zeroinitializer\n"
                   "@b = global [2000000000000000000 x i64] zeroinitializer\n@c = global i32 0"),
            "a b ");
}

} // namespace
} // namespace ajit
