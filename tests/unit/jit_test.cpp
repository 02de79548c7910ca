//===- jit_test.cpp - The public interface ------------------------------------------------------------------------===//
#include "jit.h"

#include <fstream>
#include <gtest/gtest.h>
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

TEST(Jit, FailsOnThingsThatAreNoModule) {
  auto jit = new_jit();
  EXPECT_EQ(jit->add_module("/nonexistent/x.bc").error(),
            "cannot read module: /nonexistent/x.bc: No such file or directory");
  EXPECT_NE(jit->add_module(std::string_view("BC\xC0\xDE junk", 9), "junk").error(), "");
  EXPECT_FALSE(jit->lookup<void()>("anything"));
}

} // namespace
} // namespace ajit
