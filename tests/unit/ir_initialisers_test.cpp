#include "initialisers.h"

#include "ir_test_support.h"

namespace ajit {
namespace {

std::vector<std::string> names(const std::vector<Initialiser>& entries) {
  std::vector<std::string> result;
  for (const Initialiser& entry : entries)
    result.push_back(entry.function);
  return result;
}

using Names = std::vector<std::string>;

TEST(Initialisers, AreInOrderOfPriorityAndOtherwiseOfTheList) {
  test::ParsedModule module(R"(
    @llvm.global_ctors = appending global [3 x { i32, ptr, ptr }] [
      { i32, ptr, ptr } { i32 65535, ptr @late, ptr null },
      { i32, ptr, ptr } { i32 65535, ptr @later, ptr null },
      { i32, ptr, ptr } { i32 101, ptr @early, ptr null }]
    declare void @early()
    declare void @late()
    declare void @later())");
  EXPECT_EQ(names(read_constructors(*module)), (Names{"early", "late", "later"}));
  EXPECT_TRUE(read_destructors(*module).empty());
}

TEST(Initialisers, PointersInTheSectionsOfALinkerCount) {
  test::ParsedModule module(R"(
    @rust = constant ptr @early, section ".init_array.00099"
    @several = constant [2 x ptr] [ptr @late, ptr @later], section ".init_array"
    @old = constant [2 x ptr] [ptr @second, ptr @first], section ".ctors.65435"
    @before_all = constant ptr @before, section ".preinit_array"
    @at_exit = constant ptr @last, section ".fini_array"
    @other = constant ptr @never, section ".init_array_of_mine"
    declare void @before()
    declare void @early()
    declare void @first()
    declare void @second()
    declare void @late()
    declare void @later()
    declare void @last()
    declare void @never())");
  EXPECT_EQ(names(read_constructors(*module)), (Names{"before", "early", "first", "second", "late", "later"}));
  EXPECT_EQ(names(read_destructors(*module)), (Names{"last"}));
}

} // namespace
} // namespace ajit
