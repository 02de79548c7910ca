#include "normalise.h"

#include "ir_test_support.h"

#include <algorithm>

namespace ajit {
namespace {

/// A module, normalised as the fourth module of a Jit.
struct Normalised {
  explicit Normalised(const std::string& text) : module(text) {
    llvm::Expected<ModuleIndex> result = normalise(*module, 3);
    if (result)
      index = std::move(*result);
    else
      error = llvm::toString(result.takeError());
  }

  test::ParsedModule module;
  ModuleIndex index;
  std::string error;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Normalise, LocalsBecomeVisibleUnderNamesOfTheirModule) {
  Normalised it("@data = internal global i32 1\ndefine internal void @helper() {\n ret void\n}");
  EXPECT_TRUE(it.module->getFunction("helper$3")->hasExternalLinkage());
  ASSERT_EQ(it.index.functions.size(), 1u);
  EXPECT_EQ(it.index.functions[0].symbol, "helper$3");
  EXPECT_EQ(it.index.functions[0].name, "helper");
  EXPECT_TRUE(contains(it.index.data, "data$3"));
}

TEST(Normalise, AnAliasOfAnAliasNamesAPlaceInAVariable) {
  Normalised it(R"(
    @array = global [4 x i32] zeroinitializer
    @inner = alias i32, getelementptr ([4 x i32], ptr @array, i64 0, i64 1)
    @outer = alias i32, getelementptr (i32, ptr @inner, i64 1))");
  ASSERT_EQ(it.index.aliases.size(), 2u) << it.error;
  const auto outer = std::find_if(it.index.aliases.begin(), it.index.aliases.end(),
                                  [](const AliasEntry& alias) { return alias.name == "outer"; });
  ASSERT_NE(outer, it.index.aliases.end());
  EXPECT_EQ(outer->target, "array");
  EXPECT_EQ(outer->offset, 8u);
  EXPECT_TRUE(it.module->alias_empty());
}

TEST(Normalise, AnIfuncIsADeclarationWithAResolver) {
  Normalised it(R"(
    @chosen = ifunc i32 (), ptr @resolve
    define internal ptr @resolve() {
      ret ptr null
    }
    define i32 @user() {
      %r = call i32 @chosen()
      ret i32 %r
    })");
  ASSERT_EQ(it.index.ifuncs.size(), 1u) << it.error;
  EXPECT_EQ(it.index.ifuncs[0].resolver, "resolve$3");
  EXPECT_TRUE(it.module->getFunction("chosen")->isDeclaration());
  EXPECT_TRUE(it.index.undefined_functions.empty());
}

TEST(Normalise, SymbolsOfAssemblyAreDefinitions) {
  Normalised it(R"(
    module asm ".globl visible"
    module asm "visible: ret"
    module asm "hidden_one: call helper"
    module asm "unseen: ret"
    module asm ".set second, first"
    declare void @visible()
    declare void @hidden_one()
    declare void @second()
    define void @first() {
      ret void
    }
    define internal void @helper() {
      ret void
    })");
  EXPECT_TRUE(contains(it.index.data, "visible"));
  EXPECT_TRUE(contains(it.index.data, "hidden_one"));
  EXPECT_FALSE(contains(it.index.data, "unseen"));
  EXPECT_NE(it.module->getModuleInlineAsm().find(".globl hidden_one"), std::string::npos);
  EXPECT_TRUE(it.module->getFunction("helper")) << "assembly calls it by that name";
  ASSERT_EQ(it.index.aliases.size(), 1u);
  EXPECT_EQ(it.index.aliases[0].name, "second");
  EXPECT_EQ(it.index.aliases[0].target, "first");
  EXPECT_TRUE(it.index.undefined_functions.empty());
}

TEST(Normalise, TheBoundsOfASectionOfTheModuleAreDefined) {
  Normalised it(R"(
    @entry = internal global i32 1, section "table"
    @__start_table = external global [0 x i32]
    @__stop_table = extern_weak global [0 x i32]
    @__start_other = external global [0 x i32])");
  EXPECT_EQ(it.index.section_bounds, (std::vector<std::string>{"__start_table", "__stop_table"}));
  EXPECT_EQ(it.index.undefined_data, (std::vector<std::string>{"__start_other"}));
}

TEST(Normalise, TheSuffixOfAVectorcallIsPartOfItsName) {
  Normalised it(R"(
    define x86_vectorcallcc double @seen(double %a, double %b) {
      ret double %a
    }
    define internal x86_vectorcallcc double @local(double %a) {
      ret double %a
    })");
  ASSERT_EQ(it.index.functions.size(), 2u);
  EXPECT_EQ(it.index.functions[0].symbol, "\1seen@@16");
  EXPECT_EQ(it.index.functions[0].name, "seen@@16");
  EXPECT_EQ(it.index.functions[1].symbol, "\1local..8$3");
}

} // namespace
} // namespace ajit
