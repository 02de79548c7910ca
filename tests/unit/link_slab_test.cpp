#include "link_test_support.h"
#include "sanitizers.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <set>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit {
namespace {

using test::error_of;
using test::must;

constexpr SlabOptions small_slab{.size = std::size_t{64} << 20, .max_functions = 10'000};

std::unique_ptr<Slab> make_slab() { return must(Slab::create(small_slab)); }

using IntFunction = int();

/// Writes "mov eax, value; ret" and returns it as a function at its executable address.
IntFunction* emit_constant(Slab& slab, int32_t value) {
  std::array<unsigned char, 6> code{0xb8, 0, 0, 0, 0, 0xc3};
  std::memcpy(&code[1], &value, sizeof value);
  const AddressRange memory = must(slab.allocate(Region::code, code.size()));
  std::memcpy(slab.writable(memory.start), code.data(), code.size());
  return reinterpret_cast<IntFunction*>(memory.start);
}

sigjmp_buf fault_return;

/// Whether a write of one byte faults.
bool write_faults(std::byte* address) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { siglongjmp(fault_return, 1); };
  sigaction(SIGSEGV, &action, &before);
  volatile bool faulted = true;
  if (sigsetjmp(fault_return, 1) == 0) {
    *reinterpret_cast<volatile std::byte*>(address) = std::byte{0};
    faulted = false;
  }
  sigaction(SIGSEGV, &before, nullptr);
  return faulted;
}

/// The mappings of slabs: those in this slab's range, and those of a memory file.
std::size_t slab_mappings(const Slab& slab) {
  const auto all = test::mappings();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const test::Mapping& mapping) {
    return slab.range().contains(reinterpret_cast<void*>(mapping.start)) ||
           mapping.rest.find("memfd:ajit") != std::string::npos;
  }));
}

TEST(Slab, CodeWrittenInTheLinkersViewRunsInTheProgramsView) {
  auto slab = make_slab();
  EXPECT_EQ(emit_constant(*slab, 1234)(), 1234);
}

TEST(Slab, ProgramsViewOfCodeAndReadOnlyDataCannotBeWritten) {
  auto slab = make_slab();
  EXPECT_TRUE(write_faults(must(slab->allocate(Region::code, 16)).start));
  EXPECT_TRUE(write_faults(must(slab->allocate(Region::rodata, 16)).start));
  must(slab->make_functions(1));
  EXPECT_TRUE(write_faults(slab->stub(FunctionId{0})));
  EXPECT_FALSE(write_faults(must(slab->allocate(Region::data, 16)).start));
}

TEST(Slab, NothingIsWritableAndExecutable) {
  auto slab = make_slab();
  emit_constant(*slab, 1);
  for (const test::Mapping& mapping : test::mappings())
    EXPECT_FALSE(mapping.protection[1] == 'w' && mapping.protection[2] == 'x') << mapping.rest;
}

TEST(Slab, NumberOfMappingsDoesNotGrow) {
  auto slab = make_slab();
  must(slab->make_functions(1));
  const auto fill = [&](int times) {
    for (int i = 0; i < times; ++i) {
      emit_constant(*slab, i);
      must(slab->allocate(Region::rodata, 40, 8));
      must(slab->allocate(Region::data, 40, 8)).start[0] = std::byte{1};
    }
    return slab_mappings(*slab);
  };
  const std::size_t before = fill(1);
  EXPECT_EQ(fill(10'000), before);
  EXPECT_LE(before, 20u); // 14 of the program's view, 6 of the linker's
}

TEST(Slab, EveryMappingOfCodeKeepsTheViewsApart) {
  for (CodeMapping mapping : {CodeMapping::standard, CodeMapping::debuggable, CodeMapping::anonymous}) {
    auto slab = must(Slab::create({small_slab.size, small_slab.max_functions, mapping}));
    EXPECT_EQ(emit_constant(*slab, 1234)(), 1234);
    EXPECT_EQ(emit_constant(*slab, 4321)(), 4321);
    EXPECT_TRUE(write_faults(must(slab->allocate(Region::code, 16)).start));
    EXPECT_TRUE(write_faults(must(slab->allocate(Region::rodata, 16)).start));
    for (const test::Mapping& one : test::mappings())
      EXPECT_FALSE(one.protection[1] == 'w' && one.protection[2] == 'x') << one.rest;
  }
}

TEST(Slab, CodeForPerfsMapFilesIsInMemoryThatPerfTakesToBeAnonymous) {
  auto slab = must(Slab::create({small_slab.size, small_slab.max_functions, CodeMapping::anonymous}));
  const auto code = reinterpret_cast<uintptr_t>(must(slab->allocate(Region::code, 16)).start);
  for (const test::Mapping& one : test::mappings())
    if (one.start <= code && code < one.end) EXPECT_NE(one.rest.find(" /dev/zero"), std::string::npos) << one.rest;
}

TEST(Slab, EverythingIsWithinReachOfEverything) {
  auto slab = must(Slab::create());
  EXPECT_LE(slab->range().size, std::size_t{2} << 30);
  for (Region region : {Region::code, Region::rodata, Region::data})
    EXPECT_TRUE(slab->range().contains(must(slab->allocate(region, 16)).start));
  EXPECT_TRUE(slab->range().contains(&slab->slot(FunctionId{slab->max_functions() - 1})));
  EXPECT_TRUE(slab->range().contains(&slab->counter(FunctionId{slab->max_functions() - 1})));
}

TEST(Slab, AlignsAndPacks) {
  auto slab = make_slab();
  const AddressRange first = must(slab->allocate(Region::code, 5, 1));
  const AddressRange second = must(slab->allocate(Region::code, 5, 1));
  EXPECT_EQ(second.start - first.start, 16);
  for (std::size_t alignment : {1, 8, 64, 4096, 65536})
    for (Region region : {Region::code, Region::rodata, Region::data})
      EXPECT_EQ(reinterpret_cast<uintptr_t>(must(slab->allocate(region, 3, alignment)).start) % alignment, 0u);
}

TEST(Slab, StubsSlotsAndCountersAreZeroAndApart) {
  auto slab = make_slab();
  const FunctionId last{small_slab.max_functions - 1};
  must(slab->make_functions(small_slab.max_functions));
  EXPECT_EQ(slab->slot(last).load(), nullptr);
  EXPECT_EQ(slab->counter(last).load(), 0);
  slab->slot(last) = slab.get();
  slab->counter(last) = 7;
  EXPECT_EQ(*slab->stub(last), std::byte{0});
  EXPECT_EQ(slab->stub(FunctionId{3}) - slab->stub(FunctionId{2}), std::ptrdiff_t{Slab::stub_size});
  EXPECT_GE(must(slab->allocate(Region::data, 8)).start, reinterpret_cast<std::byte*>(&slab->counter(last) + 1));
  EXPECT_GE(must(slab->allocate(Region::code, 8)).start, slab->stub(last) + Slab::stub_size);
}

TEST(Slab, SaysWhichRegionIsFull) {
  auto slab = must(Slab::create({.size = std::size_t{1} << 20, .max_functions = 256}));
  must(slab->allocate(Region::rodata, 262'000));
  EXPECT_EQ(error_of(slab->allocate(Region::rodata, 300)),
            "no room for 300 bytes of generated read-only data: 262000 of 262144 bytes are in use");
  must(slab->allocate(Region::rodata, 100)); // a smaller request still fits
  EXPECT_NE(error_of(slab->allocate(Region::code, SIZE_MAX - 8)), "");
}

TEST(Slab, BytesBeforeTheFirstStubAreReadable) {
  auto slab = make_slab();
  must(slab->make_functions(1));
  EXPECT_EQ(*reinterpret_cast<volatile uint64_t*>(slab->stub(FunctionId{0}) - sizeof(uint64_t)), 0u);
}

TEST(Slab, RefusesSizesThatMakeNoSense) {
  EXPECT_EQ(error_of(Slab::create({.size = std::size_t{3} << 30})),
            "the memory for generated code must be a multiple of 16384 and at most 2147483648 bytes, not 3221225472");
  EXPECT_EQ(error_of(Slab::create({.size = std::size_t{1} << 20, .max_functions = 1'000'000})),
            "1048576 bytes for generated code cannot hold the stubs of 1000000 functions");
}

/// Sets a soft limit of the process while it lives.
class SoftLimit {
public:
  SoftLimit(int resource, rlim_t value) : resource_(resource) {
    getrlimit(static_cast<__rlimit_resource_t>(resource_), &before_);
    const rlimit tight{.rlim_cur = value, .rlim_max = before_.rlim_max};
    setrlimit(static_cast<__rlimit_resource_t>(resource_), &tight);
  }
  ~SoftLimit() { setrlimit(static_cast<__rlimit_resource_t>(resource_), &before_); }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;

private:
  const int resource_;
  rlimit before_{};
};

TEST(Slab, WorksWithoutAMemoryFile) {
  for (int resource : {RLIMIT_FSIZE, RLIMIT_NOFILE}) {
    std::unique_ptr<Slab> slab;
    {
      const SoftLimit none(resource, 0);
      slab = make_slab();
    }
    EXPECT_EQ(emit_constant(*slab, 1234)(), 1234);
    EXPECT_TRUE(write_faults(must(slab->allocate(Region::code, 16)).start));
  }
}

TEST(Slab, IsSmallerWhereAddressSpaceIsShort) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs address space of its own";
  const SoftLimit little(RLIMIT_AS, rlim_t{1} << 30);
  auto slab = must(Slab::create());
  EXPECT_EQ(slab->range().size, std::size_t{128} << 20);
  EXPECT_EQ(emit_constant(*slab, 1234)(), 1234);
}

TEST(Slab, GrowsUnderLimitsThatAreSetLater) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs address space of its own";
  auto slab = make_slab();
  emit_constant(*slab, 1);
  const SoftLimit no_space(RLIMIT_AS, 1), no_files(RLIMIT_FSIZE, 0);
  must(slab->allocate(Region::code, std::size_t{4} << 20));
  EXPECT_EQ(emit_constant(*slab, 1234)(), 1234);
}

TEST(Slab, ReservedMemoryIsInaccessible) {
  auto slab = must(Slab::create());
  emit_constant(*slab, 1);
  std::size_t accessible = 0;
  for (const test::Mapping& mapping : test::mappings())
    if (slab->range().contains(reinterpret_cast<void*>(mapping.start)) && mapping.protection[0] == 'r')
      accessible += mapping.end - mapping.start;
  EXPECT_LE(accessible, std::size_t{4} << 20);
}

TEST(Slab, CommitsInFewSteps) {
  auto slab = make_slab();
  std::size_t mappings_seen = 0;
  for (int i = 0; i < 24; ++i) {
    must(slab->allocate(Region::code, std::size_t{1} << 20));
    mappings_seen = std::max(mappings_seen, slab_mappings(*slab));
  }
  EXPECT_LE(mappings_seen, 20u);
}

TEST(Slab, DataIsApartFromSlotsAndCounters) {
  auto slab = make_slab();
  must(slab->make_functions(small_slab.max_functions));
  std::byte* first = must(slab->allocate(Region::data, 8)).start;
  EXPECT_TRUE(write_faults(first - 1));
}

TEST(Slab, TheLinkersViewIsAtNoFixedDistance) {
  if (sanitized) GTEST_SKIP() << "ThreadSanitizer moves mappings into ranges that it knows";
  std::set<std::ptrdiff_t> distances;
  for (int i = 0; i < 4; ++i) {
    auto slab = make_slab();
    const std::byte* code = must(slab->allocate(Region::code, 16)).start;
    distances.insert(slab->writable(code) - code);
  }
  EXPECT_EQ(distances.size(), 4u);
}

TEST(Slab, CodeCannotBeMadeWritable) {
  auto slab = make_slab();
  std::byte* code = must(slab->allocate(Region::code, 16)).start;
  auto* page = reinterpret_cast<std::byte*>(reinterpret_cast<uintptr_t>(code) & -page_size());
  EXPECT_NE(mprotect(page, page_size(), PROT_READ | PROT_WRITE), 0);
}

TEST(Slab, LargeDataIsZeroUntouchedAndWithinReach) {
  auto slab = make_slab();
  constexpr std::size_t size = std::size_t{1} << 30;
  const AddressRange first = must(slab->large_data().allocate(size, 64));
  EXPECT_LT(first.end() - slab->range().start, std::ptrdiff_t{2} << 30);
  std::vector<unsigned char> resident(size / page_size());
  ASSERT_EQ(mincore(first.start, size, resident.data()), 0);
  EXPECT_EQ(std::count(resident.begin(), resident.end(), 0), static_cast<std::ptrdiff_t>(resident.size()));
  const AddressRange second = must(slab->large_data().allocate(2 * size, std::size_t{1} << 21)); // out of reach
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second.start) % (std::size_t{1} << 21), 0u);
  second.end()[-1] = std::byte{1};
  EXPECT_TRUE(slab->contains(second.end() - 1));
  EXPECT_TRUE(write_faults(second.end()));
  slab->large_data().give_back(second);
  EXPECT_FALSE(slab->contains(second.start));
  must(slab->large_data().protect(first));
  EXPECT_TRUE(write_faults(first.start));
}

TEST(Slab, LastAllocationGivenBackIsReusedAndClear) {
  auto slab = make_slab();
  const AddressRange first = must(slab->allocate(Region::rodata, 64));
  const AddressRange last = must(slab->allocate(Region::rodata, 64));
  std::memset(slab->writable(last.start), 0xff, last.size);
  slab->give_back(Region::rodata, first); // not the last allocation: its space is lost
  slab->give_back(Region::rodata, last);
  const AddressRange again = must(slab->allocate(Region::rodata, 64));
  EXPECT_EQ(again.start, last.start);
  EXPECT_TRUE(std::all_of(again.start, again.end(), [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(Slab, ThreadsNeverGetTheSameMemory) {
  auto slab = make_slab();
  std::array<std::vector<std::byte*>, 4> starts;
  std::vector<std::thread> threads;
  for (auto& mine : starts)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) {
        const AddressRange memory = must(slab->allocate(Region::code, 24));
        if (i % 7 == 0) {
          slab->give_back(Region::code, memory);
          continue;
        }
        *slab->writable(memory.start) = std::byte{1};
        mine.push_back(memory.start);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  std::set<std::byte*> all;
  std::size_t count = 0;
  for (const auto& mine : starts) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(all.size(), count);
}

/// Runs `child` in a forked child and returns its result, at most 255. The parent runs `meanwhile` before the child
/// starts.
template <typename Child, typename Meanwhile> int in_child(Child child, Meanwhile meanwhile) {
  int start[2];
  if (pipe(start) != 0) return -1;
  const pid_t pid = fork();
  if (pid == 0) {
    char byte = 0;
    const bool told = read(start[0], &byte, 1) == 1;
    _exit(told ? child() : 254);
  }
  meanwhile();
  const bool told = write(start[1], "", 1) == 1;
  int status = 0;
  waitpid(pid, &status, 0);
  close(start[0]);
  close(start[1]);
  return told && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ForkedSlab : public testing::TestWithParam<CodeMapping> {};
INSTANTIATE_TEST_SUITE_P(, ForkedSlab,
                         testing::Values(CodeMapping::standard, CodeMapping::debuggable, CodeMapping::anonymous));

TEST_P(ForkedSlab, ParentAndChildGoOnWithCodeOfTheirOwn) {
  auto slab = must(Slab::create({small_slab.size, small_slab.max_functions, GetParam()}));
  IntFunction* common = emit_constant(*slab, 10);
  IntFunction* parents = nullptr;
  const AddressRange parents_last = must(slab->allocate(Region::code, 8)); // a link in flight in another thread
  std::array<IntFunction*, 1000> more{};
  const int sum = in_child(
      [&] {
        slab->after_fork_in_child();
        slab->give_back(Region::code, parents_last); // must not touch the parent's memory
        // Enough to overlap what the parent has allocated meanwhile.
        for (int i = 0; i < 2000; ++i)
          emit_constant(*slab, 5);
        return common() + emit_constant(*slab, 20)();
      },
      [&] {
        *slab->writable(parents_last.start) = std::byte{0xc3};
        parents = emit_constant(*slab, 30);
        for (auto& one : more)
          one = emit_constant(*slab, 3);
      });
  EXPECT_EQ(sum, 30);
  EXPECT_EQ(common(), 10);
  EXPECT_EQ(parents(), 30);
  EXPECT_EQ(*parents_last.start, std::byte{0xc3});
  EXPECT_TRUE(std::all_of(more.begin(), more.end(), [](IntFunction* one) { return one() == 3; }));
}

TEST(Slab, GrandchildrenOfForkGoOnToo) {
  auto slab = make_slab();
  const int sum = in_child(
      [&] {
        slab->after_fork_in_child();
        IntFunction* childs = emit_constant(*slab, 20);
        const int grandchild = in_child(
            [&] {
              slab->after_fork_in_child();
              return childs() + emit_constant(*slab, 40)();
            },
            [&] { emit_constant(*slab, 99); });
        return grandchild + childs();
      },
      [] {});
  EXPECT_EQ(sum, 80);
}

TEST(Slab, StubsWrittenByParentAndChildAreTheSame) {
  auto slab = make_slab();
  const auto write_stub = [&](uint32_t index) { // jmp *slot(%rip)
    const FunctionId id{index};
    must(slab->make_functions(index + 1));
    const auto displacement =
        static_cast<int32_t>(reinterpret_cast<std::byte*>(&slab->slot(id)) - (slab->stub(id) + 6));
    std::byte* to = slab->writable(slab->stub(id));
    std::memcpy(to, "\xff\x25", 2);
    std::memcpy(to + 2, &displacement, sizeof displacement);
  };
  const auto call = [&](uint32_t index, int value) {
    write_stub(index);
    slab->slot(FunctionId{index})
        .store(reinterpret_cast<void*>(emit_constant(*slab, value)), std::memory_order_release);
    return reinterpret_cast<IntFunction*>(slab->stub(FunctionId{index}))();
  };
  EXPECT_EQ(call(0, 1), 1);
  const int in_the_child = in_child(
      [&] {
        slab->after_fork_in_child();
        return call(1, 50);
      },
      [&] { EXPECT_EQ(call(1, 60), 60); });
  EXPECT_EQ(in_the_child, 50);
  EXPECT_EQ(reinterpret_cast<IntFunction*>(slab->stub(FunctionId{1}))(), 60);
}

TEST(Slab, ChildOfForkInheritsNoWritableView) {
  auto slab = make_slab();
  IntFunction* common = emit_constant(*slab, 10);
  std::byte* parents_view = slab->writable(reinterpret_cast<void*>(common));
  const int result = in_child(
      [&] {
        for (const test::Mapping& one : test::mappings())
          if (one.rest.find("memfd:ajit") != std::string::npos && one.protection[1] == 'w') return 1;
        return write_faults(parents_view) ? common() : 2;
      },
      [] {});
  EXPECT_EQ(result, 10);
}

TEST(Slab, ChildOfARawSystemCallGoesOnToo) {
  auto slab = make_slab();
  must(slab->make_functions(3));
  IntFunction* common = emit_constant(*slab, 10);
  const auto pid = static_cast<pid_t>(syscall(SYS_fork));
  if (pid == 0) {
    llvm::cantFail(slab->make_functions(4));
    _exit(common() + emit_constant(*slab, 20)());
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 30);
}

TEST(Slab, ChildWithoutDescriptorsOrFilesGoesOn) {
  for (int resource : {RLIMIT_FSIZE, RLIMIT_NOFILE}) {
    auto slab = make_slab();
    const int result = in_child(
        [&] {
          const SoftLimit none(resource, 0);
          slab->after_fork_in_child();
          return emit_constant(*slab, 20)();
        },
        [] {});
    EXPECT_EQ(result, 20);
  }
}

TEST(Slab, ChildOfForkThatGetsNoMemoryFailsCleanly) {
  if (sanitized) GTEST_SKIP() << "a sanitizer needs address space of its own";
  auto slab = make_slab();
  IntFunction* common = emit_constant(*slab, 10);
  const int result = in_child(
      [&] {
        const rlimit tight{.rlim_cur = 4096, .rlim_max = 4096};
        setrlimit(RLIMIT_AS, &tight);
        slab->after_fork_in_child();
        if (error_of(slab->allocate(Region::code, 16)).empty()) return 1;
        if (error_of(slab->allocate(Region::code, 16)).empty()) return 2;
        return common();
      },
      [] {});
  EXPECT_EQ(result, 10);
}

} // namespace
} // namespace ajit
