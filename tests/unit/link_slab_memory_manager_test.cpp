#include "link_test_support.h"
#include "sanitizers.h"

#include <llvm/ExecutionEngine/JITLink/x86_64.h>
#include <llvm/Support/Alignment.h>

#include <algorithm>

namespace ajit {
namespace {

using llvm::orc::MemLifetime;
using llvm::orc::MemProt;
using test::error_of;
using test::must;

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

constexpr SlabOptions small_slab{.size = std::size_t{64} << 20, .max_functions = 1'000};

std::unique_ptr<llvm::jitlink::LinkGraph> make_graph() {
  return std::make_unique<llvm::jitlink::LinkGraph>("made by the test", llvm::Triple("x86_64-unknown-linux-gnu"), 8,
                                                    llvm::endianness::little, llvm::jitlink::x86_64::getEdgeKindName);
}

void add_section(llvm::jitlink::LinkGraph& graph, llvm::StringRef name, MemProt protection, MemLifetime lifetime,
                 std::size_t size) {
  auto& section = graph.createSection(name, protection);
  section.setMemLifetime(lifetime);
  auto& block = graph.createMutableContentBlock(section, graph.allocateBuffer(size), {}, 16, 0);
  std::memset(block.getAlreadyMutableContent().data(), 0xee, size);
  graph.addAnonymousSymbol(block, 0, size, false, true);
}

TEST(SlabMemoryManager, LinksAnObjectIntoTheRightRegions) {
  auto slab = must(Slab::create(small_slab));
  const test::Symbols symbols = test::link_test_object(*slab, nullptr);
  EXPECT_EQ(test::function<int()>(symbols, "answer")(), 42);
  EXPECT_EQ(test::function<int()>(symbols, "bump_counter")(), 41);
  EXPECT_EQ(test::function<int()>(symbols, "bump_counter")(), 42);
  EXPECT_EQ(test::function<int()>(symbols, "sum_zeroed")(), 0);
  const char* greeting = test::function<const char*()>(symbols, "greeting")();
  EXPECT_STREQ(greeting, "hello from generated code");
  EXPECT_TRUE(slab->code_range().contains(symbols.at("answer")));
  EXPECT_FALSE(slab->code_range().contains(greeting));
  EXPECT_TRUE(slab->range().contains(greeting));
}

TEST(SlabMemoryManager, ObjectsArePackedDensely) {
  auto slab = must(Slab::create(small_slab));
  test::link_test_object(*slab, nullptr);
  const std::size_t one = slab->usage(Region::code).used;
  for (int i = 1; i < 100; ++i)
    test::link_test_object(*slab, nullptr);
  EXPECT_LE(slab->usage(Region::code).used, 100 * llvm::alignTo(one, 16));
}

TEST(SlabMemoryManager, LinkThatFailsGivesItsMemoryBack) {
  auto slab = must(Slab::create(small_slab));
  auto graph = make_graph();
  add_section(*graph, "code", MemProt::Read | MemProt::Exec, MemLifetime::Standard, 64);
  auto& symbol = graph->addExternalSymbol("no_such_symbol_anywhere", 0, false);
  (*graph->findSectionByName("code")->blocks().begin())->addEdge(llvm::jitlink::x86_64::Pointer64, 0, symbol, 0);
  EXPECT_NE(error_of(test::link(std::move(graph), *slab, nullptr)).find("no_such_symbol_anywhere"), std::string::npos);
  EXPECT_EQ(slab->usage(Region::code).used, 0u);
}

TEST(SlabMemoryManager, SectionsForFinalisingAreGivenBackAfterIt) {
  auto slab = must(Slab::create(small_slab));
  auto graph = make_graph();
  add_section(*graph, "kept", MemProt::Read, MemLifetime::Standard, 64);
  add_section(*graph, "used once", MemProt::Read, MemLifetime::Finalize, 1000);
  must(test::link(std::move(graph), *slab, nullptr));
  EXPECT_EQ(slab->usage(Region::rodata).used, 64u);
}

TEST(SlabMemoryManager, RefusesWritableCode) {
  auto slab = must(Slab::create(small_slab));
  auto graph = make_graph();
  add_section(*graph, "both", MemProt::Read | MemProt::Write | MemProt::Exec, MemLifetime::Standard, 64);
  EXPECT_EQ(error_of(test::link(std::move(graph), *slab, nullptr)),
            "made by the test has a section that is writable and executable");
}

TEST(SlabMemoryManager, FullRegionFailsTheLinkWithItsReason) {
  auto slab = must(Slab::create({.size = std::size_t{1} << 20, .max_functions = 256}));
  auto graph = make_graph();
  add_section(*graph, "data", MemProt::Read | MemProt::Write, MemLifetime::Standard, 64);
  add_section(*graph, "large", MemProt::Read | MemProt::Exec, MemLifetime::Standard, 600'000);
  EXPECT_EQ(error_of(test::link(std::move(graph), *slab, nullptr)),
            "no room for 600000 bytes of generated code: 0 of 516096 bytes are in use");
  EXPECT_EQ(slab->usage(Region::data).used, 0u);
}

/// Links a section of `size` bytes of 0xee with a pointer to itself at its start. Returns its address.
std::byte* link_data(Slab& slab, llvm::StringRef name, MemProt protection, std::size_t size) {
  auto graph = make_graph();
  add_section(*graph, name, protection, MemLifetime::Standard, size);
  llvm::jitlink::Block& block = **graph->findSectionByName(name)->blocks().begin();
  auto& symbol = graph->addDefinedSymbol(block, 0, "it", size, llvm::jitlink::Linkage::Strong,
                                         llvm::jitlink::Scope::Default, false, true);
  block.addEdge(llvm::jitlink::x86_64::Pointer64, 0, symbol, 0);
  return static_cast<std::byte*>(must(test::link(std::move(graph), slab, nullptr)).at("it"));
}

void expect_linked_data(const std::byte* data, std::size_t size) {
  EXPECT_EQ(*reinterpret_cast<std::byte* const*>(data), data);
  EXPECT_TRUE(std::all_of(data + 8, data + size, [](std::byte byte) { return byte == std::byte{0xee}; }));
}

TEST(SlabMemoryManager, DataThatFindsItsRegionFullIsNearTheSlab) {
  if (sanitized) GTEST_SKIP() << "ThreadSanitizer moves mappings into ranges that it knows";
  auto slab = must(Slab::create({.size = std::size_t{1} << 20, .max_functions = 256}));
  for (MemProt protection : {MemProt::Read | MemProt::Write, MemProt(MemProt::Read)}) {
    std::byte* data = link_data(*slab, "much", protection, 300'000);
    EXPECT_FALSE(slab->range().contains(data));
    EXPECT_LT(data - slab->range().start, std::ptrdiff_t{2} << 30);
    expect_linked_data(data, 300'000);
    const auto mappings = slab->large_data().mappings();
    EXPECT_EQ(mappings.front().memory.start, data);
    EXPECT_EQ(mappings.front().is_writable, protection != MemProt::Read);
  }
}

TEST(SlabMemoryManager, SectionsOfLargeVariablesHaveMappingsOfTheirOwn) {
  auto slab = must(Slab::create(small_slab));
  for (const char* name : {".ldata", ".lbss.one", ".lrodata", ".ldata.rel.ro"}) {
    std::byte* data = link_data(*slab, name, MemProt::Read | MemProt::Write, 100);
    EXPECT_FALSE(slab->range().contains(data)) << name;
    EXPECT_TRUE(slab->contains(data)) << name;
    expect_linked_data(data, 100);
  }
  EXPECT_TRUE(slab->range().contains(link_data(*slab, ".ldatabase", MemProt::Read | MemProt::Write, 100)));
}

/// Actions add their argument to the journal.
std::vector<int> journal;

llvm::orc::shared::CWrapperFunctionResult note(const char* data, size_t size) {
  using namespace llvm::orc::shared;
  return WrapperFunction<SPSError(int32_t)>::handle(data, size,
                                                    [](int32_t value) -> llvm::Error {
                                                      journal.push_back(value);
                                                      return value < 0 ? make_error("refused") : llvm::Error::success();
                                                    })
      .release();
}

llvm::orc::shared::WrapperFunctionCall call_note(int32_t value) {
  using namespace llvm::orc::shared;
  return llvm::cantFail(
      WrapperFunctionCall::Create<SPSArgList<int32_t>>(llvm::orc::ExecutorAddr::fromPtr(&note), value));
}

TEST(SlabMemoryManager, RunsActionsWhenFinalisingAndDeallocating) {
  auto slab = must(Slab::create(small_slab));
  auto graph = make_graph();
  add_section(*graph, "data", MemProt::Read | MemProt::Write, MemLifetime::Standard, 64);
  graph->allocActions().push_back({call_note(1), call_note(10)});
  graph->allocActions().push_back({call_note(2), call_note(20)});
  journal.clear();
  must(test::link(std::move(graph), *slab, nullptr));
  EXPECT_EQ(journal, (std::vector<int>{1, 2}));
  EXPECT_EQ(slab->usage(Region::data).used, 64u);
  std::vector<llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc> linked;
  linked.push_back(std::move(test::linked_allocations().back()));
  test::linked_allocations().pop_back();
  SlabMemoryManager memory(*slab);
  must(static_cast<llvm::jitlink::JITLinkMemoryManager&>(memory).deallocate(std::move(linked)));
  EXPECT_EQ(journal, (std::vector<int>{1, 2, 20, 10}));
  EXPECT_EQ(slab->usage(Region::data).used, 0u) << "the memory is free again";
}

TEST(SlabMemoryManager, FinalizeActionThatFailsUndoesTheLink) {
  auto slab = must(Slab::create(small_slab));
  auto graph = make_graph();
  add_section(*graph, "data", MemProt::Read | MemProt::Write, MemLifetime::Standard, 64);
  graph->allocActions().push_back({call_note(1), call_note(10)});
  graph->allocActions().push_back({call_note(-2), call_note(20)});
  journal.clear();
  EXPECT_EQ(error_of(test::link(std::move(graph), *slab, nullptr)), "refused");
  EXPECT_EQ(journal, (std::vector<int>{1, -2, 10}));
  EXPECT_EQ(slab->usage(Region::data).used, 0u);
}

} // namespace
} // namespace ajit
