#include "link_test_support.h"
#include "unwind_registration.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <unwind.h>

namespace ajit {
namespace {

using test::error_of;
using test::must;

/// A slab whose code the unwinder knows.
struct TestJit {
  explicit TestJit(const void* stub_fde = frameless_fde()) : map(must(PcMap::create(*slab, stub_fde))) {}

  std::unique_ptr<Slab> slab = must(Slab::create({.size = std::size_t{256} << 20, .max_functions = 1'000}));
  std::unique_ptr<PcMap> map;
  UnwindRegistration registration = must(UnwindRegistration::create(*map));

  test::Symbols link() { return test::link_test_object(*slab, map.get()); }
};

using CatchInt = int(int);
using CallBack = int(void (*)(void*), void*, int*);

TEST(Unwind, UnwinderAsksUs) { EXPECT_TRUE(unwinder_asks_us()); }

TEST(Unwind, GeneratedCodeCatchesWhatItThrows) {
  TestJit jit;
  EXPECT_EQ(test::function<CatchInt>(jit.link(), "catch_int")(6), 7);
}

TEST(Unwind, ExceptionPassesThroughGeneratedFramesAndRunsTheirCleanups) {
  TestJit jit;
  auto* call_back = test::function<CallBack>(jit.link(), "call_back");
  int ends = 0;
  EXPECT_THROW(call_back([](void*) { throw std::string("from the test"); }, nullptr, &ends), std::string);
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(call_back([](void*) {}, nullptr, &ends), 7);
  EXPECT_EQ(ends, 2);
}

TEST(Unwind, EachFunctionIsEnteredWithItsNameAndItsFde) {
  TestJit jit;
  const test::Symbols symbols = jit.link();
  for (const char* name : {"answer", "bump_counter", "greeting", "throw_int", "catch_int", "call_back", "trap"}) {
    const CodeDescriptor* code = find_generated_code(symbols.at(name));
    ASSERT_NE(code, nullptr) << name;
    EXPECT_STREQ(code->name, name);
    EXPECT_EQ(code->start, symbols.at(name));
    EXPECT_NE(code->fde, nullptr) << name;
    EXPECT_EQ(code->label.kind, CodeKind::body);
  }
}

TEST(Unwind, RecordsOfOneObjectAreLaidOutAsTheUnwinderReadsThem) {
  TestJit jit;
  const CodeDescriptor* code = find_generated_code(jit.link().at("call_back"));
  uint32_t to_cie = 0;
  const auto* fde = static_cast<const std::byte*>(code->fde);
  EXPECT_FALSE(jit.slab->code_range().contains(fde));
  EXPECT_TRUE(jit.slab->range().contains(fde));
  std::memcpy(&to_cie, fde + 4, sizeof to_cie);
  uint32_t cie_id = 1;
  std::memcpy(&cie_id, fde + 4 - to_cie + 4, sizeof cie_id);
  EXPECT_EQ(cie_id, 0u);
}

/// Microseconds for a throw and its catch in generated code, the minimum of a few rounds.
double cost_of_throw(CatchInt* catch_int) {
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i)
      catch_int(i);
    const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count() / 200);
  }
  return best;
}

// Reports the costs, and asserts only that the unwinder finds every frame. Benchmarks judge times.
TEST(Unwind, ThrowWorksWithThousandsOfObjects) {
  TestJit jit;
  CatchInt* first = nullptr;
  double with_ten = 0;
  std::chrono::duration<double, std::micro> linking{};
  constexpr int objects = 5'000;
  for (int i = 0; i < objects; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto* catch_int = test::function<CatchInt>(jit.link(), "catch_int");
    linking += std::chrono::steady_clock::now() - start;
    ASSERT_EQ(catch_int(i), i + 1);
    if (i == 0) first = catch_int;
    if (i == 9) with_ten = cost_of_throw(first);
  }
  const double with_all = cost_of_throw(first);
  RecordProperty("microseconds_of_throw_with_10_objects", std::to_string(with_ten));
  RecordProperty("microseconds_of_throw_with_5000_objects", std::to_string(with_all));
  RecordProperty("ratio", std::to_string(with_all / with_ten));
  RecordProperty("microseconds_to_link_an_object", std::to_string(linking.count() / objects));
  EXPECT_GE(jit.map->size(), uint32_t{objects});
}

/// The frames of generated code that a signal handler's backtrace passed, innermost first.
struct Trace {
  std::array<const CodeDescriptor*, 8> frames{};
  std::size_t count = 0;
  int depth = 0;
};
Trace trace;

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void*) {
  int before_instruction = 0;
  const uintptr_t pc = _Unwind_GetIPInfo(context, &before_instruction);
  const CodeDescriptor* code = find_generated_code(reinterpret_cast<void*>(before_instruction ? pc : pc - 1));
  if (code && trace.count < trace.frames.size()) trace.frames[trace.count++] = code;
  ++trace.depth;
  return _URC_NO_REASON;
}

/// Runs `action` with a handler of SIGTRAP that takes a backtrace.
template <typename Action> void trace_traps(Action action) {
  trace = {};
  struct sigaction handler {};
  struct sigaction before {};
  handler.sa_handler = [](int) { _Unwind_Backtrace(note_frame, nullptr); };
  sigaction(SIGTRAP, &handler, &before);
  action();
  sigaction(SIGTRAP, &before, nullptr);
}

TEST(Unwind, BacktraceFromASignalHandlerNamesGeneratedFunctions) {
  TestJit jit;
  const test::Symbols symbols = jit.link();
  int ends = 0;
  const auto call_trap = [](void* trap) { reinterpret_cast<int (*)()>(trap)(); };
  trace_traps([&] { test::function<CallBack>(symbols, "call_back")(call_trap, symbols.at("trap"), &ends); });
  ASSERT_EQ(trace.count, 2u);
  EXPECT_STREQ(trace.frames[0]->name, "trap");
  EXPECT_STREQ(trace.frames[1]->name, "call_back");
  EXPECT_GT(trace.depth, 5); // it continued through the test program's frames
}

// The stub's shape: a jump of 6 bytes, a push that ends at offset 11, a jump. Traps stand in for the jumps.
constexpr FrameRecord stub_frame(8, 11);

/// Takes a backtrace from each trap in `code`, which replaces the stub's code.
void expect_traces_from_stub(const char* code, std::size_t size, std::size_t traps) {
  TestJit jit(stub_frame.fde());
  const test::Symbols symbols = jit.link();
  must(jit.slab->make_functions(7));
  std::byte* stub = jit.slab->stub(FunctionId{5});
  std::memcpy(jit.slab->writable(stub), code, size);
  int ends = 0;
  trace_traps(
      [&] { test::function<CallBack>(symbols, "call_back")(reinterpret_cast<void (*)(void*)>(stub), nullptr, &ends); });
  ASSERT_EQ(trace.count, 2 * traps);
  for (std::size_t trap = 0; trap < traps; ++trap) {
    EXPECT_EQ(trace.frames[2 * trap]->label.kind, CodeKind::stub);
    EXPECT_STREQ(trace.frames[2 * trap + 1]->name, "call_back");
  }
  EXPECT_GT(trace.depth, 5);
}

TEST(Unwind, BacktraceFromASignalInAStubReachesTheCaller) {
  expect_traces_from_stub("\xcc\xc3", 2, 1); // int3; ret
}

TEST(Unwind, BacktraceFromASignalInAStubThatHasPushedReachesTheCaller) {
  // nop (5 times); int3; push 5; int3; add rsp, 8; and in the next stub: ret
  expect_traces_from_stub("\x90\x90\x90\x90\x90\xcc\x68\x05\x00\x00\x00\xcc\x48\x83\xc4\x08\xc3", 17, 2);
}

TEST(Unwind, JumpsToLibrariesAreKnown) {
  TestJit jit;
  jit.link();
  const AddressRange code = jit.map->code_range();
  const std::byte* start = code.start + jit.slab->stub_range().size;
  const std::byte* end = start + jit.slab->usage(Region::code).used;
  EXPECT_TRUE(std::any_of(start, end, [&](const std::byte& byte) {
    const CodeDescriptor* found = jit.map->lookup(&byte);
    return found && found->label.kind == CodeKind::linkage;
  }));
}

TEST(Unwind, JitsAreToldApartAndForgottenWhenTheyEnd) {
  TestJit one;
  void* in_two = nullptr;
  const test::Symbols symbols_one = one.link();
  {
    TestJit two;
    in_two = two.link().at("answer");
    EXPECT_EQ(find_generated_code(in_two), two.map->lookup(in_two));
    EXPECT_EQ(find_generated_code(symbols_one.at("answer")), one.map->lookup(symbols_one.at("answer")));
  }
  EXPECT_EQ(find_generated_code(in_two), nullptr);
  EXPECT_EQ(test::function<CatchInt>(symbols_one, "catch_int")(1), 2);
}

TEST(Unwind, NumberOfJitsIsLimitedAndPlacesAreReused) {
  auto slab = must(Slab::create({.size = std::size_t{1} << 20, .max_functions = 256}));
  auto map = must(PcMap::create(*slab));
  std::vector<UnwindRegistration> registrations;
  for (int i = 0; i < 64; ++i)
    registrations.push_back(must(UnwindRegistration::create(*map)));
  EXPECT_EQ(error_of(UnwindRegistration::create(*map)),
            "cannot create another Jit: a process can have at most 64 at a time");
  registrations.pop_back();
  must(UnwindRegistration::create(*map));
}

// For ThreadSanitizer: throws in one Jit while others are created and destroyed.
TEST(Unwind, ThrowingWhileOtherJitsComeAndGo) {
  TestJit jit;
  auto* catch_int = test::function<CatchInt>(jit.link(), "catch_int");
  std::atomic<bool> done{false};
  std::thread others([&] {
    for (int i = 0; i < 100; ++i) {
      auto slab = must(Slab::create({.size = std::size_t{1} << 20, .max_functions = 256}));
      auto map = must(PcMap::create(*slab));
      auto registration = must(UnwindRegistration::create(*map));
    }
    done = true;
  });
  while (!done)
    EXPECT_EQ(catch_int(3), 4);
  others.join();
}

/// The other way to link code: an ORC session with the plugin.
struct TestSession {
  TestJit jit;
  llvm::orc::ExecutionSession session{must(llvm::orc::SelfExecutorProcessControl::Create())};
  SlabMemoryManager memory{*jit.slab};
  llvm::orc::ObjectLinkingLayer layer{session, memory};

  ~TestSession() { llvm::cantFail(session.endSession()); }
};

TEST(Unwind, PluginEntersWhatOrcLinks) {
  TestSession orc;
  add_unwind_plugins(orc.layer, orc.session, *orc.jit.map, [](llvm::StringRef name) {
    return CodeLabel{FunctionId{static_cast<uint32_t>(name.size())}, Tier::O3, CodeKind::body};
  });
  auto& dylib = orc.session.createBareJITDylib("main");
  dylib.addGenerator(must(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0')));
  must(orc.layer.add(dylib, llvm::MemoryBuffer::getMemBuffer(test::test_object().getMemBufferRef(), false)));
  auto* catch_int = must(orc.session.lookup({&dylib}, "catch_int")).getAddress().toPtr<CatchInt*>();
  EXPECT_EQ(catch_int(6), 7);
  const CodeDescriptor* code = find_generated_code(reinterpret_cast<void*>(catch_int));
  ASSERT_NE(code, nullptr);
  EXPECT_EQ(code->label.function, FunctionId{9});
  EXPECT_EQ(code->label.tier, Tier::O3);
}

} // namespace
} // namespace ajit
