#include "link_test_support.h"

#include <llvm/ExecutionEngine/JITLink/x86_64.h>
#include <llvm/Support/Alignment.h>

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
  add_section(*graph, "code", MemProt::Read | MemProt::Exec, MemLifetime::Standard, 64);
  add_section(*graph, "large", MemProt::Read, MemLifetime::Standard, 300'000);
  EXPECT_EQ(error_of(test::link(std::move(graph), *slab, nullptr)),
            "no room for 300000 bytes of generated read-only data: 0 of 262144 bytes are in use");
  EXPECT_EQ(slab->usage(Region::code).used, 0u);
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
