// A separate executable, linked so that the unwinder cannot see our definition of its lookup. This is the situation of
// a program that loads libajit inside a shared object.
#include "link_test_support.h"
#include "unwind_registration.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>

namespace ajit {
namespace {

using test::must;

TEST(UnwindFallback, GeneratedCodeCatchesWhatItThrowsThoughTheUnwinderDoesNotAskUs) {
  ASSERT_FALSE(unwinder_asks_us());
  auto slab = must(Slab::create({.size = std::size_t{64} << 20, .max_functions = 1'000}));
  auto map = must(PcMap::create(*slab));
  SlabMemoryManager memory(*slab);
  llvm::orc::ExecutionSession session(must(llvm::orc::SelfExecutorProcessControl::Create()));
  llvm::orc::ObjectLinkingLayer layer(session, memory);
  add_unwind_plugins(layer, session, *map, [](llvm::StringRef) { return CodeLabel{}; });
  auto& dylib = session.createBareJITDylib("main");
  dylib.addGenerator(must(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0')));
  must(layer.add(dylib, llvm::MemoryBuffer::getMemBuffer(test::test_object().getMemBufferRef(), false)));
  EXPECT_EQ(must(session.lookup({&dylib}, "catch_int")).getAddress().toPtr<int (*)(int)>()(6), 7);
  must(session.endSession());
}

} // namespace
} // namespace ajit
