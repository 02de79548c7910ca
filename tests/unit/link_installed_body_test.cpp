// Dropping the last body of a linked unit frees its memory, its symbols and its entries in the PC map.
#include "link_test_support.h"
#include "linker.h"

namespace ajit {
namespace {

using test::must;

class InstalledBodies : public testing::Test {
protected:
  std::vector<InstalledBody> link(std::vector<std::string> functions) {
    std::vector<BodyIdentity> identities(functions.size(), BodyIdentity{FunctionId{3}, "f"});
    return must(linker_->link(test::unit_of_test_object(functions, Tier::O1), identities));
  }

  std::unique_ptr<Slab> slab_ = must(Slab::create({.size = std::size_t{64} << 20, .max_functions = 1'000}));
  std::unique_ptr<PcMap> map_ = must(PcMap::create(*slab_));
  std::unique_ptr<Linker> linker_ =
      must(Linker::create(*slab_, *map_, [](llvm::StringRef name) { return dlsym(RTLD_DEFAULT, name.str().c_str()); }));
};

TEST_F(InstalledBodies, KnowTheirCode) {
  std::vector<InstalledBody> bodies = link({"answer"});
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_EQ(bodies[0].code(), map_->lookup(bodies[0].entry()));
  EXPECT_GT(bodies[0].code_bytes(), 0u);
  EXPECT_EQ(bodies[0].code()->label.function, FunctionId{3});
  EXPECT_EQ(bodies[0].code()->label.tier, Tier::O1);
  EXPECT_EQ(reinterpret_cast<int (*)()>(bodies[0].entry())(), 42);
}

TEST_F(InstalledBodies, GiveEverythingBackWhenTheyAreDropped) {
  const std::size_t code = slab_->usage(Region::code).used, data = slab_->usage(Region::data).used;
  void* entry;
  {
    std::vector<InstalledBody> bodies = link({"answer"});
    entry = bodies[0].entry();
    EXPECT_GT(slab_->usage(Region::code).used, code);
  }
  EXPECT_EQ(slab_->usage(Region::code).used, code);
  EXPECT_EQ(slab_->usage(Region::data).used, data);
  EXPECT_EQ(map_->lookup(entry), nullptr);
  EXPECT_EQ(link({"answer"})[0].entry(), entry) << "the names can be defined again, in the same memory";
}

TEST_F(InstalledBodies, StayWhileOneOfTheirUnitDoes) {
  std::vector<InstalledBody> bodies = link({"answer", "bump_counter"});
  InstalledBody last = std::move(bodies[1]);
  bodies.clear();
  EXPECT_NE(map_->lookup(last.entry()), nullptr);
}

TEST_F(InstalledBodies, MayBeDroppedAfterTheSessionHasEnded) {
  std::vector<InstalledBody> bodies = link({"answer"});
  linker_->end_session();
  EXPECT_EQ(map_->lookup(bodies[0].entry()), nullptr);
  bodies.clear();
}

TEST_F(InstalledBodies, NamesCanBeDefinedAgainAfterAnAbandonedLink) {
  std::vector<InstalledBody> first = link({"answer"});
  const auto again = [&] { return linker_->link(test::unit_of_test_object({"answer"}), BodyIdentity{}); };
  llvm::Expected<std::vector<InstalledBody>> duplicate = again();
  ASSERT_FALSE(duplicate);
  llvm::consumeError(duplicate.takeError());
  linker_->abandon_link(); // as if the names were those of a link that a jump has ended
  std::vector<InstalledBody> second = must(again());
  EXPECT_EQ(reinterpret_cast<int (*)()>(second[0].entry())(), 42);
  EXPECT_EQ(reinterpret_cast<int (*)()>(first[0].entry())(), 42);
}

TEST_F(InstalledBodies, AFailedLinkSaysWhichSymbolsAreMissing) {
  auto nothing = must(Linker::create(*slab_, *map_, [](llvm::StringRef) { return nullptr; }));
  CompiledUnit unit = test::unit_of_test_object({"call_back"});
  llvm::Expected<std::vector<InstalledBody>> bodies = nothing->link(unit, BodyIdentity{});
  ASSERT_FALSE(bodies);
  EXPECT_TRUE(bodies.errorIsA<Unresolved>());
  EXPECT_NE(one_line(bodies.takeError()).find("Symbols not found"), std::string::npos);
}

} // namespace
} // namespace ajit
