#include "gdb_registration.h"
#include "link_test_support.h"
#include "linker.h"
#include "perf_map.h"
#include "stub_table.h"

#include <cstring>
#include <fcntl.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/DebugInfo/DWARF/DWARFDebugFrame.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h>
#include <llvm/Object/ELFObjectFile.h>
#include <sstream>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

extern "C" jit_descriptor __jit_debug_descriptor; // LLVM's

namespace ajit {
namespace {

using test::must;

constexpr SlabOptions small_slab{.size = std::size_t{64} << 20, .max_functions = 1'000};

class Recorder final : public CodeObserver {
public:
  void linked(const LinkedObject& object) override { objects.push_back(object); }
  void assembled(const AssembledCode& code) override { pieces.push_back(code); }

  std::vector<LinkedObject> objects;
  std::vector<AssembledCode> pieces;
};

/// A linker of the test object, watched by `observer`.
struct Watched {
  explicit Watched(CodeObserver& observer, CodeMapping mapping = CodeMapping::standard)
      : slab(must(Slab::create({small_slab.size, small_slab.max_functions, mapping}))), map(must(PcMap::create(*slab))),
        linker(must(Linker::create(
            *slab, *map, [](llvm::StringRef name) { return dlsym(RTLD_DEFAULT, name.str().c_str()); }, {&observer}))) {}

  /// The addresses of functions of the test object, which is linked as code of function 7 at `tier`.
  std::vector<void*> link(std::vector<std::string> functions, Tier tier = Tier::O0) {
    const std::size_t before = installed.size();
    for (InstalledBody& body : must(linker->link(test::unit_of_test_object(functions, tier),
                                                 std::vector(functions.size(), BodyIdentity{FunctionId{7}, "answer"}))))
      installed.push_back(std::move(body));
    std::vector<void*> addresses;
    for (std::size_t i = 0; i != functions.size(); ++i)
      addresses.push_back(installed[before + i].entry());
    return addresses;
  }

  std::unique_ptr<Slab> slab;
  std::unique_ptr<PcMap> map;
  std::unique_ptr<Linker> linker;
  std::vector<InstalledBody> installed;
};

/// The addresses that an object file gives its symbols.
std::map<std::string, uint64_t> addresses_in(const llvm::MemoryBuffer& file) {
  auto object = must(llvm::object::ObjectFile::createELFObjectFile(file.getMemBufferRef()));
  std::map<std::string, uint64_t> found;
  for (const llvm::object::SymbolRef& symbol : object->symbols())
    found[must(symbol.getName()).str()] = must(symbol.getAddress());
  return found;
}

TEST(Observers, GetTheObjectWithItsAddresses) {
  Recorder recorder;
  Watched watched(recorder);
  const std::vector<void*> linked = watched.link({"answer", "bump_counter"});
  ASSERT_EQ(recorder.objects.size(), 1u);
  auto addresses = addresses_in(*recorder.objects[0].file);
  EXPECT_EQ(addresses["answer"], reinterpret_cast<uint64_t>(linked[0]));
  EXPECT_EQ(addresses["bump_counter"], reinterpret_cast<uint64_t>(linked[1]));
}

TEST(Observers, GetThePiecesOfCodeInOrder) {
  Recorder recorder;
  Watched watched(recorder);
  const std::vector<void*> linked = watched.link({"answer"}, Tier::O2);
  ASSERT_EQ(recorder.objects.size(), 1u);
  const std::byte* end = nullptr;
  const CodeDescriptor* found = nullptr;
  for (const CodeDescriptor* code : recorder.objects[0].code) {
    EXPECT_GE(code->start, end);
    end = code->start + code->size;
    if (code->start == linked[0]) found = code;
  }
  ASSERT_TRUE(found);
  EXPECT_EQ(shown_name(*found), "answer [O2]");
}

TEST(Observers, SeeAllObjectsThatThreadsLink) {
  GdbRegistration gdb; // takes a lock of LLVM's
  Watched watched(gdb);
  // One object per linker can have these names; two linkers, two threads.
  Recorder recorder;
  Watched other(recorder);
  std::thread thread([&] { other.link({"answer"}); });
  watched.link({"answer"});
  thread.join();
  EXPECT_EQ(recorder.objects.size(), 1u);
}

/// The objects that are registered for gdb.
unsigned registered_objects() {
  unsigned count = 0;
  for (const jit_code_entry* entry = __jit_debug_descriptor.first_entry; entry; entry = entry->next_entry)
    ++count;
  return count;
}

TEST(GdbRegistration, TakesItsObjectsOffTheListAtItsEnd) {
  GdbRegistration stays;
  Watched other(stays);
  other.link({"answer"});
  const unsigned before = registered_objects();
  {
    GdbRegistration ends;
    Watched watched(ends);
    watched.link({"answer"});
    ends.assembled({must(watched.slab->allocate(Region::code, 16)), 8, 11, CodeKind::stub, {"answer"}});
    EXPECT_EQ(registered_objects(), before + 2);
  }
  EXPECT_EQ(registered_objects(), before);
}

TEST(AssembledObject, NamesThePiecesWhereTheyAre) {
  auto slab = must(Slab::create(small_slab));
  const AddressRange code = must(slab->allocate(Region::code, 32));
  AssembledCode stubs{code, 8, 11, CodeKind::stub, {"first", "second"}};
  auto plain = addresses_in(*describe(stubs));
  EXPECT_EQ(plain["first"], reinterpret_cast<uint64_t>(code.start));
  EXPECT_EQ(plain["second"], reinterpret_cast<uint64_t>(code.start) + 16);
  // If bodies are registered by these names, a breakpoint must not stop in the stubs as well.
  stubs.has_debug_info = true;
  auto decorated = addresses_in(*describe(stubs));
  EXPECT_EQ(decorated.count("first"), 0u);
  EXPECT_EQ(decorated["second$stub"], reinterpret_cast<uint64_t>(code.start) + 16);
}

TEST(AssembledObject, FrameDescriptionCoversAll) {
  auto slab = must(Slab::create(small_slab));
  const AddressRange code = must(slab->allocate(Region::code, 48));
  auto file = describe({code, 8, 11, CodeKind::stub, {"a", "b", "c"}});
  auto object = must(llvm::object::ObjectFile::createELFObjectFile(file->getMemBufferRef()));
  auto context = llvm::DWARFContext::create(*object);
  const llvm::DWARFDebugFrame* frames = must(context->getDebugFrame());
  unsigned descriptions = 0;
  for (const llvm::dwarf::FrameEntry& entry : *frames)
    if (auto* fde = llvm::dyn_cast<llvm::dwarf::FDE>(&entry)) {
      ++descriptions;
      EXPECT_EQ(fde->getInitialLocation(), reinterpret_cast<uint64_t>(code.start));
      EXPECT_EQ(fde->getAddressRange(), 48u);
      const llvm::dwarf::UnwindTable rows = must(llvm::dwarf::UnwindTable::create(fde));
      std::string text;
      llvm::raw_string_ostream stream(text);
      rows.dump(stream, {});
      EXPECT_NE(text.find("DW_OP_breg16"), std::string::npos) << text; // the frame depends on rip
    }
  EXPECT_EQ(descriptions, 1u);
}

TEST(PerfMap, HasALineForEachPieceOfCode) {
  auto perf = must(PerfMap::create());
  Watched watched(*perf, CodeMapping::anonymous);
  const std::vector<void*> linked = watched.link({"answer"}, Tier::O3);
  perf->assembled({must(watched.slab->allocate(Region::code, 16)), 8, 11, CodeKind::stub, {"answer"}});
  const std::string path = fmt::format("/tmp/perf-{}.map", getpid());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const CodeDescriptor* code = watched.map->lookup(linked[0]);
  EXPECT_NE(text.str().find(fmt::format("{:x} {:x} answer [O3]\n", reinterpret_cast<uintptr_t>(linked[0]), code->size)),
            std::string::npos)
      << text.str();
  EXPECT_NE(text.str().find(" 10 answer [stub]\n"), std::string::npos) << text.str();
  unlink(path.c_str());
}

/// Writes to a protected page as a debugger does: the process's own memory file has the same effect as ptrace.
bool force_byte(std::byte* address, unsigned char value) {
  const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  const bool written = pwrite(memory, &value, 1, static_cast<off_t>(reinterpret_cast<uintptr_t>(address))) == 1;
  close(memory);
  return written;
}

bool kernel_lets_debuggers_write() {
  void* page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool written = force_byte(static_cast<std::byte*>(page), 1);
  munmap(page, 4096);
  return written;
}

TEST(DebuggableSlab, BreakpointsCanBeWrittenAndHideNoLaterCode) {
  if (!kernel_lets_debuggers_write()) GTEST_SKIP() << "this kernel lets no process write past a page's protection";
  auto standard = must(Slab::create(small_slab));
  EXPECT_FALSE(force_byte(must(standard->allocate(Region::code, 16)).start, 0xcc)) << "then the mode is not needed";

  auto slab = must(Slab::create({small_slab.size, small_slab.max_functions, CodeMapping::debuggable}));
  const AddressRange first = must(slab->allocate(Region::code, 16));
  *slab->writable(first.start) = std::byte{0xc3};
  ASSERT_TRUE(force_byte(first.start + 1, 0xcc));
  EXPECT_EQ(first.start[0], std::byte{0xc3});
  EXPECT_EQ(first.start[1], std::byte{0xcc});
  const AddressRange second = must(slab->allocate(Region::code, 16));
  *slab->writable(second.start) = std::byte{0xc3};
  EXPECT_EQ(second.start[0], std::byte{0xc3});
}

} // namespace
} // namespace ajit
