// What compiles cost, and when that matters.
#include "compile_costs.h"
#include "function_profile.h"

#include <gtest/gtest.h>

namespace ajit {
namespace {

constexpr CompileSize small{.tier = Tier::O2, .instructions = 100};
constexpr CompileSize large{.tier = Tier::O2, .instructions = 3700};

TEST(CompileCosts, GrowWithTheUnit) {
  const CompileCosts costs(2);
  EXPECT_DOUBLE_EQ(costs.expected_ms(large), 10 * costs.expected_ms(small));
}

TEST(CompileCosts, LearnWhatATierTakesHere) {
  CompileCosts costs(2);
  costs.add(small, {.cpu_ms = 40, .wall_ms = 40});
  EXPECT_FLOAT_EQ(costs.expected_ms(small), 40) << "the first compile replaces the guess";
  for (int i = 0; i != 100; ++i)
    costs.add(small, {.cpu_ms = 2, .wall_ms = 2});
  EXPECT_NEAR(costs.expected_ms(small), 2, 0.01);

  const double continuation = costs.expected_ms({.tier = Tier::O2, .instructions = 100, .continuation = true});
  EXPECT_GT(continuation, 2.1) << "it has a figure of its own";
}

TEST(CompileCosts, MatterWhenCompileThreadsShareTheirProcessors) {
  CompileCosts costs(2);
  EXPECT_FALSE(costs.contended());
  costs.add(small, {.cpu_ms = 1, .wall_ms = 3});
  EXPECT_FALSE(costs.contended()) << "three milliseconds tell nothing";
  costs.add(small, {.cpu_ms = 10, .wall_ms = 20});
  EXPECT_TRUE(costs.contended());
  for (int i = 0; i != 20; ++i)
    costs.add(small, {.cpu_ms = 10, .wall_ms = 10});
  EXPECT_FALSE(costs.contended()) << "the other program has ended";
}

TEST(CompileCosts, MatterFromTheStartOnOneProcessor) { EXPECT_TRUE(CompileCosts(1).contended()); }

TEST(TierFigures, TellWhatCallsHaveCost) {
  TierFigures figures;
  EXPECT_GT(figures.cycles_of(1), 1e300) << "nothing is known";
  figures.set_installed(1000, 0, {});
  for (int i = 0; i != 20; ++i)
    figures.add_timed_call(96);
  EXPECT_NEAR(figures.cycles_of(1100), 100 * 96, 100 * 10);
  figures.add_timed_call(10'000'000); // the thread was interrupted
  EXPECT_LT(figures.cycles_of(1100), 100 * 96 * 2);
}

} // namespace
} // namespace ajit
