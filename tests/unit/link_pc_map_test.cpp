#include "link_test_support.h"

#include <atomic>
#include <thread>

namespace ajit {
namespace {

using test::must;

class PcMapTest : public testing::Test {
protected:
  std::unique_ptr<Slab> slab_ = must(Slab::create({.size = std::size_t{64} << 20, .max_functions = 1'000}));
  std::unique_ptr<PcMap> map_ = must(PcMap::create(*slab_));

  AddressRange code(std::size_t size) { return must(slab_->allocate(Region::code, size)); }

  const CodeDescriptor& add(AddressRange range, std::string_view name) {
    return *must(map_->add(range, {FunctionId{7}, Tier::O2, CodeKind::body}, name, nullptr));
  }
};

TEST_F(PcMapTest, FindsEveryByteOfACodeAndNothingAroundIt) {
  const AddressRange range = code(40);
  std::string name = "fib$O2";
  const CodeDescriptor& fib = add(range, name);
  name.assign("gone");
  for (std::size_t offset = 0; offset < 40; ++offset)
    EXPECT_EQ(map_->lookup(range.start + offset), &fib);
  EXPECT_EQ(map_->lookup(range.start + 40), nullptr);
  EXPECT_EQ(map_->lookup(range.start + 48), nullptr);
  EXPECT_EQ(map_->lookup(range.start - 1)->label.kind, CodeKind::stub);
  EXPECT_STREQ(fib.name, "fib$O2");
  EXPECT_EQ(fib.label.function, FunctionId{7});
  EXPECT_EQ(fib.label.tier, Tier::O2);
  EXPECT_EQ(map_->size(), 1u);
}

TEST_F(PcMapTest, KnowsNothingOfOtherAddresses) {
  add(code(16), "f");
  EXPECT_EQ(map_->lookup(nullptr), nullptr);
  EXPECT_EQ(map_->lookup(this), nullptr);
  EXPECT_EQ(map_->lookup(reinterpret_cast<void*>(~uintptr_t{0})), nullptr);
  EXPECT_EQ(map_->lookup(map_->code_range().end() - 1), nullptr);
  EXPECT_EQ(map_->lookup(map_->code_range().end()), nullptr);
}

TEST_F(PcMapTest, TellsApartCodeThatSharesAGranule) {
  const AddressRange section = code(32);
  const CodeDescriptor& a = add({section.start, 3}, "a");
  const CodeDescriptor& b = add({section.start + 3, 4}, "b");
  const CodeDescriptor& c = add({section.start + 9, 20}, "c");
  EXPECT_EQ(map_->lookup(section.start + 2), &a);
  EXPECT_EQ(map_->lookup(section.start + 3), &b);
  EXPECT_EQ(map_->lookup(section.start + 6), &b);
  EXPECT_EQ(map_->lookup(section.start + 7), nullptr);
  EXPECT_EQ(map_->lookup(section.start + 9), &c);
  EXPECT_EQ(map_->lookup(section.start + 28), &c);
  EXPECT_EQ(map_->lookup(section.start + 29), nullptr);
}

TEST_F(PcMapTest, StubsAreOneEntry) {
  const CodeDescriptor* stub = map_->lookup(slab_->stub(FunctionId{999}));
  ASSERT_NE(stub, nullptr);
  EXPECT_EQ(stub->label.kind, CodeKind::stub);
  EXPECT_EQ((slab_->stub(FunctionId{999}) - stub->start) / std::ptrdiff_t{Slab::stub_size}, 999);
}

TEST_F(PcMapTest, MemoryThatIsReusedFindsTheNewCode) {
  const AddressRange range = code(64);
  add(range, "failed");
  slab_->give_back(Region::code, range);
  const AddressRange again = code(32);
  const CodeDescriptor& second = add(again, "second");
  EXPECT_EQ(map_->lookup(again.start), &second);
  EXPECT_EQ(map_->lookup(again.start + 31), &second);
}

TEST_F(PcMapTest, ManyDescriptorsKeepTheirPlaces) {
  std::vector<const CodeDescriptor*> added;
  for (int i = 0; i < 5'000; ++i)
    added.push_back(&add(code(20), "f" + std::to_string(i)));
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_EQ(map_->lookup(added[i]->start), added[i]);
    EXPECT_EQ(added[i]->name, "f" + std::to_string(i));
  }
}

// Readers must see complete descriptors or none. ThreadSanitizer checks the memory accesses.
TEST_F(PcMapTest, ReadersNeverSeeHalfADescriptor) {
  constexpr int writers = 2;
  constexpr int count = 3'000;
  std::atomic<int> writing{writers};
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer)
    threads.emplace_back([&] {
      for (int i = 0; i < count; ++i)
        add(code(16 + i % 50), "function");
      --writing;
    });
  for (int reader = 0; reader < 2; ++reader)
    threads.emplace_back([&] {
      const AddressRange range = map_->code_range();
      while (writing.load() != 0)
        for (std::size_t offset = slab_->stub_range().size; offset < 400'000; offset += 24) {
          const CodeDescriptor* code = map_->lookup(range.start + offset);
          if (!code) continue;
          ++found;
          if (!code->contains(range.start + offset) || std::string_view(code->name) != "function") std::abort();
        }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(map_->size(), uint32_t{writers * count});
}

} // namespace
} // namespace ajit
