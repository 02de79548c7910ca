//===- jit_test.cpp - The public interface ------------------------------------------------------------------------===//
#include "jit.h"
#include "sanitizers.h"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit {
namespace {

std::unique_ptr<Jit> new_jit(Options options = {}) {
  auto jit = Jit::create(options);
  EXPECT_TRUE(jit) << jit.error();
  return std::move(*jit);
}

Options with_thresholds(uint64_t o1, uint64_t o2, uint64_t o3) {
  Options options;
  options.tiers.thresholds = {o1, o2, o3};
  options.tiers.sync = true;
  return options;
}

const ProfileSnapshot* find(const Stats& stats, std::string_view name) {
  for (const ProfileSnapshot& function : stats.functions)
    if (function.name == name) return &function;
  return nullptr;
}

constexpr const char* twice = "define i64 @twice(i64 %x) {\n  %r = mul i64 %x, 2\n  ret i64 %r\n}\n";

TEST(Jit, GoesThroughAllTiersAtExactlyTheThresholds) {
  auto jit = new_jit(with_thresholds(100, 1000, 10000));
  ASSERT_TRUE(jit->add_module(twice, "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  ASSERT_TRUE(function);
  for (long call = 1; call <= 10000; ++call) {
    ASSERT_EQ((**function)(call), 2 * call);
    if (call != 99 && call != 100 && call != 999 && call != 1000 && call != 9999 && call != 10000) continue;
    Stats stats = jit->stats();
    Tier expected = call >= 10000 ? Tier::O3 : call >= 1000 ? Tier::O2 : call >= 100 ? Tier::O1 : Tier::O0;
    EXPECT_EQ(find(stats, "twice")->status.tier, expected) << "after call " << call;
    EXPECT_EQ(find(stats, "twice")->calls, static_cast<uint64_t>(call));
  }
}

TEST(Jit, AddressOfAFunctionStaysTheSameInEveryTier) {
  auto jit = new_jit(with_thresholds(2, 4, 8));
  ASSERT_TRUE(jit->add_module("define ptr @self() {\n  ret ptr @self\n}\n", "self.ll"));
  auto self = jit->lookup<void*()>("self");
  ASSERT_TRUE(self);
  for (int call = 0; call != 20; ++call)
    EXPECT_EQ((**self)(), reinterpret_cast<void*>(*self));
}

TEST(Jit, ModulesSeeFunctionsAndDataOfEarlierModules) {
  auto jit = new_jit();
  ASSERT_TRUE(jit->add_module(std::string(twice) + "@base = global i64 40\n", "first.ll"));
  auto added = jit->add_module(
      "declare i64 @twice(i64)\n@base = external global i64\ndefine i64 @f() {\n  %b = load i64, ptr @base\n"
      "  %r = call i64 @twice(i64 %b)\n  ret i64 %r\n}\n",
      "second.ll");
  ASSERT_TRUE(added) << added.error();
  auto f = jit->lookup<long()>("f");
  auto base = jit->lookup_address("base");
  ASSERT_TRUE(f && base);
  EXPECT_EQ((**f)(), 80);
  *static_cast<long*>(*base) = 5;
  EXPECT_EQ((**f)(), 10);
}

TEST(Jit, ModulesShareThreadLocalVariables) {
  auto jit = new_jit(with_thresholds(2, 4, 6));
  ASSERT_TRUE(jit->add_module("@mine = thread_local global i64 40\n@inlined = linkonce_odr thread_local global i64 1\n"
                              "@also_mine = alias i64, ptr @mine\n"
                              "define i64 @add(i64 %x) {\n  %v = load i64, ptr @mine\n  %s = add i64 %v, %x\n"
                              "  store i64 %s, ptr @mine\n  store i64 %s, ptr @inlined\n  ret i64 %s\n}\n",
                              "first.ll"));
  auto added =
      jit->add_module("@also_mine = external thread_local global i64\n@inlined = external thread_local global i64\n"
                      "define i64 @sum() {\n  %a = load i64, ptr @also_mine\n  %b = load i64, ptr @inlined\n"
                      "  %s = add i64 %a, %b\n  ret i64 %s\n}\n",
                      "second.ll");
  ASSERT_TRUE(added) << added.error();
  auto add = jit->lookup<long(long)>("add");
  auto sum = jit->lookup<long()>("sum");
  ASSERT_TRUE(add && sum);
  auto count = [&] {
    EXPECT_EQ((**sum)(), 41);
    for (long call = 1; call != 10; ++call) {
      EXPECT_EQ((**add)(1), 40 + call);
      EXPECT_EQ((**sum)(), 2 * (40 + call));
    }
  };
  count();
  std::thread(count).join();
}

TEST(Jit, LookupOfAThreadLocalVariableGivesTheCallingThreadsInstance) {
  auto jit = new_jit(with_thresholds(2, 4, 6));
  ASSERT_TRUE(
      jit->add_module("@mine = thread_local global i64 40\n@large = thread_local global [1000 x i64] zeroinitializer\n"
                      "define i64 @add(i64 %x) {\n  %v = load i64, ptr @mine\n  %s = add i64 %v, %x\n"
                      "  store i64 %s, ptr @mine\n  store i64 %s, ptr @large\n  ret i64 %s\n}\n",
                      "thread_locals.ll"));
  auto add = jit->lookup<long(long)>("add");
  ASSERT_TRUE(add);
  auto count = [&] {
    auto mine = jit->lookup_address("mine"), large = jit->lookup_address("large");
    ASSERT_TRUE(mine && large);
    EXPECT_EQ(*static_cast<long*>(*mine), 40);
    for (int call = 0; call != 10; ++call)
      (**add)(2);
    EXPECT_EQ(*static_cast<long*>(*mine), 60);
    EXPECT_EQ(*static_cast<long*>(*large), 60);
  };
  count();
  std::thread(count).join();
}

TEST(Jit, ThreadsThatRanBeforeTheModuleHaveItsThreadLocalVariables) {
  // Each Jit takes room at a fixed distance from the thread pointer, and gives it back. Together they want more than
  // there is, so some reach their variables in another way.
  for (int round = 0; round != 3; ++round) {
    std::promise<long (*)(long)> made;
    auto earlier = std::async(std::launch::async, [&, add = made.get_future()]() mutable { return add.get()(2); });
    std::vector<std::unique_ptr<Jit>> jits;
    for (int index = 0; index != 8; ++index) {
      jits.push_back(new_jit());
      ASSERT_TRUE(jits.back()->add_module(
          "@mine = thread_local global { i64, [20 x i64] } { i64 40, [20 x i64] zeroinitializer }\n"
          "define i64 @add(i64 %x) {\n  %v = load i64, ptr @mine\n  %s = add i64 %v, %x\n"
          "  store i64 %s, ptr @mine\n  ret i64 %s\n}\n",
          "thread_locals.ll"));
      auto add = jits.back()->lookup<long(long)>("add");
      ASSERT_TRUE(add);
      EXPECT_EQ((**add)(1), 41);
      EXPECT_EQ((**add)(1), 42);
    }
    auto add = jits.front()->lookup<long(long)>("add");
    made.set_value(*add);
    EXPECT_EQ(earlier.get(), 42);
  }
}

TEST(Jit, RefusesASecondDefinition) {
  auto jit = new_jit();
  ASSERT_TRUE(jit->add_module(twice, "first.ll"));
  auto added = jit->add_module(twice, "second.ll");
  EXPECT_EQ(added.error(), "duplicate definition: second.ll: twice is defined by an earlier module");
  EXPECT_TRUE(jit->add_module("define i64 @other() {\n  ret i64 1\n}\n", "third.ll"));
  auto other = jit->lookup<long()>("other");
  ASSERT_TRUE(other);
  EXPECT_EQ((**other)(), 1);
}

/// A function with `linkage` and a caller of it, a variable with `linkage` and a reader of it.
std::string sharing(const std::string& linkage, const std::string& prefix, long value) {
  std::string text = R"(
    @variable = LINKAGE global i64 VALUE

    define LINKAGE i64 @shared() { %v = load i64, ptr @variable  %r = add i64 %v, VALUE  ret i64 %r }
    define i64 @PREcall() { %r = call i64 @shared() ret i64 %r }
    define i64 @PREdata() { %f = load ptr, ptr @PREtable %r = call i64 %f() ret i64 %r }
    define ptr @PREaddress() { ret ptr @shared }
    define void @PREset(i64 %x) { store i64 %x, ptr @variable ret void }
    @PREtable = global [2 x ptr] [ptr @shared, ptr @variable])";
  for (auto [from, to] :
       {std::pair<std::string, std::string>{"LINKAGE", linkage}, {"VALUE", std::to_string(value)}, {"PRE", prefix}})
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

/// Whether both modules use the first one's definitions, at all tiers.
void expect_the_first_one(const std::string& first, const std::string& second) {
  SCOPED_TRACE(first + " then " + second);
  auto jit = new_jit();
  auto one = jit->add_module(sharing(first, "a_", 1), "first.ll");
  ASSERT_TRUE(one) << one.error();
  auto two = jit->add_module(sharing(second, "b_", 100), "second.ll");
  ASSERT_TRUE(two) << two.error();
  auto call = jit->lookup<long()>("b_call"), data = jit->lookup<long()>("b_data"), own = jit->lookup<long()>("a_call");
  auto here = jit->lookup<void*()>("a_address"), there = jit->lookup<void*()>("b_address");
  auto set = jit->lookup<void(long)>("b_set");
  ASSERT_TRUE(call && data && own && here && there && set);
  EXPECT_EQ((**here)(), (**there)());
  for (long i = 0; i != 10; ++i) {
    (**set)(i);
    EXPECT_EQ((**call)(), i + 1);
    EXPECT_EQ((**data)(), i + 1);
    EXPECT_EQ((**own)(), i + 1);
  }
}

TEST(Jit, TheFirstOfSeveralWeakDefinitionsCounts) {
  for (const char* linkage : {"weak", "linkonce"}) {
    expect_the_first_one(linkage, linkage);
    expect_the_first_one(linkage, "");
    expect_the_first_one("", linkage);
  }
}

TEST(Jit, ModulesMayShareWhatHeadersDefine) {
  const std::string header = R"(
    $counter = comdat any
    $guard = comdat any
    $table = comdat any
    $next = comdat any
    @counter = linkonce_odr global i64 0, comdat
    @guard = linkonce_odr global i8 0, comdat
    @table = linkonce_odr unnamed_addr constant { [1 x ptr] } { [1 x ptr] [ptr @next] }, comdat
    @per_thread = linkonce_odr thread_local global i64 7
    @second_name = weak alias i64, ptr @counter
    define linkonce_odr i64 @next() comdat {
      %set = load i8, ptr @guard
      %is_set = icmp ne i8 %set, 0
      br i1 %is_set, label %count, label %init
    init:
      store i8 1, ptr @guard
      store i64 100, ptr @counter
      br label %count
    count:
      %v = load i64, ptr @second_name
      %r = add i64 %v, 1
      store i64 %r, ptr @counter
      ret i64 %r
    }
    define available_externally i64 @outside() { ret i64 -1 }
    define linkonce_odr i64 @thread_count() {
      %v = load i64, ptr @per_thread
      %r = add i64 %v, 1
      store i64 %r, ptr @per_thread
      ret i64 %r
    })";
  auto user = [](const std::string& name) {
    return "\ndefine i64 @" + name +
           "() {\n %f = load ptr, ptr @table\n %a = call i64 %f()\n %b = call i64 @next()\n"
           " %t = call i64 @thread_count()\n %ab = mul i64 %t, 1000000\n %r = add i64 %ab, %b\n ret i64 %r\n}\n";
  };
  auto jit = new_jit();
  for (const char* name : {"first", "second", "third"}) {
    auto added = jit->add_module(header + user(name), std::string(name) + ".ll");
    ASSERT_TRUE(added) << added.error();
  }
  long count = 100, threads = 7;
  for (int i = 0; i != 8; ++i)
    for (const char* name : {"first", "second", "third"}) {
      auto function = jit->lookup<long()>(name);
      ASSERT_TRUE(function);
      count += 2;
      EXPECT_EQ((**function)(), ++threads * 1000000 + count) << name;
    }
}

TEST(Jit, ModuleThatWasRefusedLeavesNoNames) {
  auto jit = new_jit();
  const std::string half = "@data = global i64 3\ndefine i64 @f() {\n  %r = load i64, ptr @data\n  ret i64 %r\n}\n";
  EXPECT_FALSE(jit->add_module(
      half + "declare void @nobody()\ndefine void @g() {\n  call void @nobody()\n  ret void\n}\n", "bad.ll"));
  EXPECT_FALSE(jit->lookup_address("f"));
  ASSERT_TRUE(jit->add_module(half, "good.ll"));
  auto f = jit->lookup<long()>("f");
  ASSERT_TRUE(f);
  EXPECT_EQ((**f)(), 3);
}

TEST(Jit, NamesAllUndefinedSymbolsThatAreUsed) {
  auto jit = new_jit();
  auto added = jit->add_module("declare void @nobody()\ndeclare void @nowhere()\ndeclare void @unused()\n"
                               "define void @f() {\n  call void @nowhere()\n  call void @nobody()\n  ret void\n}\n",
                               "f.ll");
  EXPECT_EQ(added.error(), "undefined symbols: f.ll: nobody, nowhere");
}

TEST(Jit, UsesSymbolsOfTheEmbeddingProgram) {
  auto jit = new_jit();
  jit->define_symbol("answer", reinterpret_cast<void*>(+[]() -> long { return 42; }));
  ASSERT_TRUE(jit->add_module("declare i64 @answer()\ndefine i64 @f() {\n  %r = call i64 @answer()\n  ret i64 %r\n}\n",
                              "f.ll"));
  auto f = jit->lookup<long()>("f");
  ASSERT_TRUE(f);
  EXPECT_EQ((**f)(), 42);
}

TEST(Jit, CyclesAreSampledInEveryTier) {
  auto jit = new_jit(with_thresholds(100, 200, 300));
  ASSERT_TRUE(jit->add_module(twice, "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  ASSERT_TRUE(function);
  for (long call = 0; call != 1000; ++call)
    (**function)(call);
  Stats stats = jit->stats();
  for (const TierSnapshot& tier : find(stats, "twice")->tiers) {
    EXPECT_TRUE(tier.installed);
    EXPECT_GT(tier.timed_calls, 0u);
    EXPECT_LE(tier.cycles_min, tier.cycles_max);
  }
}

TEST(Jit, FullProfileTimesEveryCallButTheFirst) {
  Options options = with_thresholds(100, 200, 300);
  options.tiers.profile = ProfileMode::full;
  auto jit = new_jit(options);
  ASSERT_TRUE(jit->add_module(twice, "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  ASSERT_TRUE(function);
  for (long call = 0; call != 1000; ++call)
    (**function)(call);
  uint64_t timed = 0;
  Stats stats = jit->stats();
  for (const TierSnapshot& tier : find(stats, "twice")->tiers)
    timed += tier.timed_calls;
  EXPECT_GE(timed, 998u);
  EXPECT_LE(timed, 1000u);
}

TEST(Jit, ForkedChildCompilesOnItsOwn) {
  auto jit = new_jit();
  ASSERT_TRUE(jit->add_module(
      std::string(twice) + "define i64 @thrice(i64 %x) {\n  %r = mul i64 %x, 3\n  ret i64 %r\n}\n", "f.ll"));
  auto doubled = jit->lookup<long(long)>("twice");
  auto tripled = jit->lookup<long(long)>("thrice");
  ASSERT_TRUE(doubled && tripled);
  EXPECT_EQ((**doubled)(1), 2);
  pid_t child = fork();
  if (child == 0) _exit((**tripled)(2) == 6 && (**doubled)(2) == 4 ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ((**tripled)(3), 9);
}

TEST(Jit, StatisticsAreReadable) {
  auto jit = new_jit(with_thresholds(2, 4, 8));
  ASSERT_TRUE(jit->add_module(twice, "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  for (long call = 0; call != 10; ++call)
    (**function)(call);
  Stats stats = jit->stats();
  EXPECT_NE(stats_table(stats, false).find("twice"), std::string::npos);
  EXPECT_NE(stats_json(stats).find("\"name\": \"twice\""), std::string::npos);
  EXPECT_NE(time_table(stats).find("O3"), std::string::npos);
}

TEST(Jit, DumpsTheIrOfEachTierAndItsFigures) {
  Options options = with_thresholds(2, 4, 8);
  options.dump.directory = testing::TempDir() + "ajit-dump-" + std::to_string(getpid());
  options.dump.assembly = true;
  auto jit = new_jit(options);
  ASSERT_TRUE(jit->add_module(twice, "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  for (long call = 0; call != 10; ++call)
    (**function)(call);
  jit->finish_dumps();
  for (const char* file : {"twice/O0.ll", "twice/O3.ll", "twice/O0.s", "twice/O3.s", "index.tsv", "changes.txt"})
    EXPECT_TRUE(std::ifstream(options.dump.directory + "/" + file).good()) << file;
}

TEST(Jit, DumpsFollowNoSymbolicLinks) {
  const std::string directory = testing::TempDir() + "ajit_linked_dumps_" + std::to_string(getpid());
  const std::string target = directory + "_target";
  mkdir(directory.c_str(), 0777);
  mkdir(target.c_str(), 0777);
  std::ofstream(target + "/file") << "untouched";
  ASSERT_EQ(symlink(target.c_str(), (directory + "/linked").c_str()), 0);
  mkdir((directory + "/twice").c_str(), 0777);
  ASSERT_EQ(symlink((target + "/file").c_str(), (directory + "/twice/O0.ll").c_str()), 0);
  Options options;
  options.dump.directory = directory;
  {
    auto jit = new_jit(options);
    ASSERT_TRUE(jit->add_module(std::string(twice) + "define i64 @linked(i64 %x) { ret i64 %x }\n", "twice.ll"));
    EXPECT_EQ((**jit->lookup<long(long)>("twice"))(2), 4);
    EXPECT_EQ((**jit->lookup<long(long)>("linked"))(2), 2);
    jit->finish_dumps();
  }
  std::string text;
  std::getline(std::ifstream(target + "/file"), text);
  EXPECT_EQ(text, "untouched");
  EXPECT_NE(access((target + "/O0.ll").c_str(), F_OK), 0);
  EXPECT_EQ(access((directory + "/index.tsv").c_str(), F_OK), 0);
}

TEST(Jit, FailsOnThingsThatAreNoModule) {
  auto jit = new_jit();
  EXPECT_EQ(jit->add_module("/nonexistent/x.bc").error(),
            "cannot read module: /nonexistent/x.bc: No such file or directory");
  EXPECT_NE(jit->add_module(std::string_view("BC\xC0\xDE junk", 9), "junk").error(), "");
  EXPECT_FALSE(jit->lookup<void()>("anything"));
}

//===--------------------------------------------------------------------------------------------------------------===//
// The end of a Jit

/// Destructors of a module: one that it names, one that it registers with atexit, one under its __dso_handle.
constexpr const char* module_with_destructors = R"(
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @named, ptr null }]
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @begin, ptr null }]
@__dso_handle = external hidden global i8
declare void @note(i8)
declare i32 @atexit(ptr)
declare i32 @at_quick_exit(ptr)
declare i32 @__cxa_atexit(ptr, ptr, ptr)
define internal void @named() { call void @note(i8 110)  ret void }
define internal void @registered() { call void @note(i8 97)  ret void }
define internal void @quick() { call void @note(i8 113)  ret void }
define internal void @object(ptr %p) { call void @note(i8 111)  ret void }
define internal void @begin() {
  %a = call i32 @atexit(ptr @registered)
  %b = call i32 @__cxa_atexit(ptr @object, ptr null, ptr @__dso_handle)
  %c = call i32 @at_quick_exit(ptr @quick)
  ret void
}
)";

std::string noted;
void note(char what) { noted += what; }

std::unique_ptr<Jit> with_destructors() {
  auto jit = new_jit();
  jit->define_symbol("note", reinterpret_cast<void*>(&note));
  auto added = jit->add_module(module_with_destructors, "destructors.ll");
  EXPECT_TRUE(added) << added.error();
  EXPECT_TRUE(jit->run_constructors());
  return jit;
}

/// The ending of a child that destroys a Jit, writes which destructors have run by then, and ends by `end`.
std::string output_of_child(void (*end)(int)) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    static int out = ends[1];
    noted.clear();
    atexit([] { dprintf(out, "exit:%s", noted.c_str()); });
    at_quick_exit([] { dprintf(out, "quick:%s", noted.c_str()); });
    auto other = with_destructors();
    auto jit = with_destructors();
    jit.reset();
    dprintf(out, "%s ", noted.c_str());
    noted.clear();
    static Jit* lives_to_the_end = other.release();
    static_cast<void>(lives_to_the_end);
    end(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[256];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  return text;
}

TEST(Jit, RunsItsDestructorsWhenItIsDestroyedAndExitRunsThoseOfOthersOnly) {
  if (sanitized) GTEST_SKIP() << "sanitizers have their own ways with forks and freed memory";
  // The last registered runs first. Destructors that a module names run after those it registers, as in a native
  // program.
  EXPECT_EQ(output_of_child(&std::exit), "oan exit:oan");
}

TEST(Jit, QuickExitDoesNotKnowAJitThatIsGone) {
  if (sanitized) GTEST_SKIP() << "sanitizers have their own ways with forks and freed memory";
  EXPECT_EQ(output_of_child(&std::quick_exit), "oan quick:q");
}

TEST(Jit, AtforkHandlersGoWithTheirJit) {
  if (sanitized) GTEST_SKIP() << "sanitizers have their own ways with forks and freed memory";
  auto jit = new_jit();
  jit->define_symbol("note", reinterpret_cast<void*>(&note));
  ASSERT_TRUE(jit->add_module("declare void @note(i8)\ndeclare i32 @pthread_atfork(ptr, ptr, ptr)\n"
                              "define internal void @before() { call void @note(i8 98)  ret void }\n"
                              "define i32 @watch() {\n"
                              "  %r = call i32 @pthread_atfork(ptr @before, ptr null, ptr null)  ret i32 %r\n}\n",
                              "atfork.ll"));
  auto watch = jit->lookup<int()>("watch");
  ASSERT_TRUE(watch);
  ASSERT_EQ((**watch)(), 0);
  auto fork_once = [] {
    noted.clear();
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return noted;
  };
  EXPECT_EQ(fork_once(), "b");
  jit.reset();
  EXPECT_EQ(fork_once(), "");
}

//===--------------------------------------------------------------------------------------------------------------===//
// Refusals

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// A module of some size: types, constants, functions, variables.
std::string heavy_module(const std::string& flaw) {
  std::string text = flaw;
  for (int i = 0; i != 20; ++i)
    text += fmt::format("%type{0} = type {{ i64, [{1} x i8] }}\n@v{0} = global %type{0} zeroinitializer\n"
                        "define i64 @f{0}(i64 %x) {{ %r = mul i64 %x, {1}  ret i64 %r }}\n",
                        i, i + 100);
  return text;
}

/// By how many bytes the process grows for each module with `flaw`, after the first.
double growth_per_refusal(const std::string& flaw, FailureKind kind) {
  auto jit = new_jit();
  EXPECT_TRUE(jit->add_module("@taken = global i32 0\n", "first.ll"));
  const std::string text = heavy_module(flaw);
  auto refuse = [&](int times) {
    for (int i = 0; i != times; ++i) {
      Result<void> added = jit->add_module(text, "refused.ll");
      EXPECT_FALSE(added);
      EXPECT_EQ(added.failure().kind, kind) << added.error();
    }
  };
  constexpr int times = 300;
  refuse(50); // caches and the heap
  const size_t before = resident_bytes();
  refuse(times);
  const size_t after = resident_bytes();
  EXPECT_TRUE(jit->add_module(heavy_module(""), "good.ll")) << "the names are free";
  return after > before ? static_cast<double>(after - before) / times : 0;
}

TEST(Jit, ModulesThatAreRefusedLeaveNoMemoryBehind) {
  if (sanitized) GTEST_SKIP() << "sanitizers have their own ways with forks and freed memory";
  const std::string uses = "define i64 @user() { %r = call i64 @missing()  ret i64 %r }\n";
  EXPECT_LT(growth_per_refusal("declare i64 @missing()\n" + uses, FailureKind::unresolved), 1024);
  EXPECT_LT(growth_per_refusal("@taken = global i32 1\n", FailureKind::refused), 1024);
  // Linking the data fails: other modules do not define `hidden`.
  EXPECT_LT(growth_per_refusal("@far = external hidden global i64\n@near = global ptr @far\n", FailureKind::unresolved),
            1024);
}

TEST(Jit, FailuresAreOfAKind) {
  auto jit = new_jit();
  EXPECT_EQ(jit->lookup_address("nothing").failure().kind, FailureKind::unresolved);
  EXPECT_EQ(Jit::create(with_thresholds(5, 4, 3)).failure().kind, FailureKind::refused);
}

TEST(Jit, UnitsThatGoThroughBytesBehaveAsTheyWere) {
  Options options = with_thresholds(2, 4, 6);
  options.through_bytes = true;
  auto jit = new_jit(options);
  ASSERT_TRUE(jit->add_module(std::string(twice) + "@base = global i64 40\n", "twice.ll"));
  auto function = jit->lookup<long(long)>("twice");
  ASSERT_TRUE(function);
  for (long call = 1; call <= 10; ++call)
    ASSERT_EQ((**function)(call), 2 * call);
  EXPECT_EQ(find(jit->stats(), "twice")->status.tier, Tier::O3);
}

} // namespace
} // namespace ajit
