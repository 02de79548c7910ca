//===- swap_stress_test.cpp - Threads call functions during thousands of tier changes -----------------------------===//
//
// Sixteen threads call 400 functions in different orders while each function goes through all tiers: 1,200 swaps in the
// background. The test checks every result. It also runs under TSan, where the host code is instrumented.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "jit.h"

#include <atomic>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <thread>

namespace ajit {
namespace {

constexpr int function_count = 400, thread_count = 16, rounds = 40;

/// f<i>(x) = x * (i + 1) + g<i % 7>(x), g<k>(x) = x xor k: functions call one another through stubs.
std::string module_text() {
  std::string text;
  for (int k = 0; k != 7; ++k)
    text += fmt::format("define i64 @g{0}(i64 %x) {{\n  %r = xor i64 %x, {0}\n  ret i64 %r\n}}\n", k);
  for (int i = 0; i != function_count; ++i)
    text += fmt::format("define i64 @f{0}(i64 %x) {{\n  %p = mul i64 %x, {1}\n  %g = call i64 @g{2}(i64 %x)\n"
                        "  %r = add i64 %p, %g\n  ret i64 %r\n}}\n",
                        i, i + 1, i % 7);
  return text;
}

long expected(int i, long x) { return x * (i + 1) + (x ^ (i % 7)); }

class SwapStress : public testing::TestWithParam<bool> {};

TEST_P(SwapStress, EveryCallGivesItsResultWhileAllTiersAreInstalled) {
  Options options;
  options.tiers.thresholds = {3, 9, 27};
  options.tiers.sync = GetParam();
  options.tiers.compile_threads = 2;
  auto jit = Jit::create(options);
  ASSERT_TRUE(jit) << jit.error();
  auto added = (*jit)->add_module(module_text(), "stress.ll");
  ASSERT_TRUE(added) << added.error();
  std::vector<long (*)(long)> functions;
  for (int i = 0; i != function_count; ++i) {
    auto function = (*jit)->lookup<long(long)>(fmt::format("f{}", i));
    ASSERT_TRUE(function) << function.error();
    functions.push_back(*function);
  }

  std::atomic<long> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t != thread_count; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int call = 0; call != rounds * function_count; ++call) {
        int i = static_cast<int>(random() % function_count);
        long x = static_cast<long>(random());
        if (functions[static_cast<size_t>(i)](x) != expected(i, x)) ++wrong;
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  Stats stats = (*jit)->stats();
  EXPECT_EQ(stats.tiers.failed, 0u);
  EXPECT_GT(stats.tiers.compiled, 0u);
}

INSTANTIATE_TEST_SUITE_P(Modes, SwapStress, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Sync" : "Background"; });

TEST(FirstCallStress, ManyThreadsCallTheSameFunctionsForTheFirstTimeTogether) {
  for (int repeat = 0; repeat != 10; ++repeat) {
    auto jit = Jit::create();
    ASSERT_TRUE(jit) << jit.error();
    ASSERT_TRUE((*jit)->add_module(module_text(), "stress.ll"));
    std::atomic<long> wrong{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (int t = 0; t != thread_count; ++t)
      threads.emplace_back([&] {
        while (!go)
          std::this_thread::yield();
        for (int i = 0; i != 20; ++i) {
          auto function = (*jit)->lookup<long(long)>(fmt::format("f{}", i));
          if (!function || (**function)(i + 5) != expected(i, i + 5)) ++wrong;
        }
      });
    go = true;
    for (std::thread& thread : threads)
      thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

} // namespace
} // namespace ajit
