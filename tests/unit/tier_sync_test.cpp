// Synchronous mode, where the crossing call compiles: every decision is exact and repeatable.
#include "call_schedule.h"
#include "tier_fakes.h"

#include <gtest/gtest.h>

namespace ajit::testing {
namespace {

constexpr TierOptions sync_options(ProfileMode profile = ProfileMode::sampled) {
  return {.sync = true, .profile = profile};
}

class TierSync : public ::testing::TestWithParam<ProfileMode> {};
INSTANTIATE_TEST_SUITE_P(ProfileModes, TierSync,
                         ::testing::Values(ProfileMode::off, ProfileMode::sampled, ProfileMode::full));

TEST_P(TierSync, TheCrossingCallItselfRunsTheNewCode) {
  FakeProgram program(sync_options(GetParam()));
  program.install_first(fib);
  for (uint64_t call = 1; call <= 12000; ++call) {
    const Tier expected = due_tier(call, Tier::O0, program.manager->options());
    ASSERT_EQ(program.call(fib), expected) << "call " << call;
    const ProfileSnapshot profile = program.manager->profile(fib);
    if (profile.counting) ASSERT_EQ(profile.calls, call);
  }
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{fib, Tier::O1}, {fib, Tier::O2}, {fib, Tier::O3}}));
}

TEST_P(TierSync, DecisionsAreTakenAtExactlyTheThresholds) {
  FakeProgram program(sync_options(GetParam()));
  program.install_first(fib);
  program.calls(fib, 10500);
  std::vector<uint64_t> compiled_at;
  for (const DecisionRecord& record : program.manager->decisions())
    if (record.action == Action::compile) compiled_at.push_back(record.calls);
  EXPECT_EQ(compiled_at, (std::vector<uint64_t>{100, 1000, 10000}));
}

TEST(TierSync, ProfilesSayHowManyCallsEachTierHad) {
  FakeProgram program(sync_options(ProfileMode::full));
  program.install_first(fib);
  program.calls(fib, 10500);
  const ProfileSnapshot profile = program.manager->profile(fib);
  EXPECT_EQ(profile.name, "fib");
  EXPECT_EQ(profile.calls, 10500u);
  EXPECT_TRUE(profile.hot);
  EXPECT_EQ(profile.status.tier, Tier::O3);
  EXPECT_EQ(profile.status.state, FunctionState::installed);
  const std::array<uint64_t, tier_count> before{0, 99, 999, 9999};
  const std::array<uint64_t, tier_count> timed{99, 900, 9000, 501};
  for (Tier tier : all_tiers) {
    EXPECT_EQ(profile.tiers[tier_index(tier)].calls_before, before[tier_index(tier)]);
    EXPECT_EQ(profile.tiers[tier_index(tier)].timed_calls, timed[tier_index(tier)]);
  }
  EXPECT_EQ(profile.tiers[tier_index(Tier::O1)].cost.code_bytes, 64u);
}

TEST(TierSync, SamplesExactlyTheScheduledCalls) {
  FakeProgram program(sync_options());
  program.install_first(fib);
  for (uint64_t call = 1; call < 10000; ++call) {
    const auto timed = [&] {
      uint64_t sum = 0;
      for (const TierSnapshot& tier : program.manager->profile(fib).tiers)
        sum += tier.timed_calls;
      return sum;
    };
    const uint64_t before = timed();
    program.call(fib);
    ASSERT_EQ(timed() - before, is_sample(call, ProfileMode::sampled)) << "call " << call;
  }
}

TEST(TierSync, TheLastTierIsSampledUntilItHasAFew) {
  FakeProgram program(sync_options());
  program.install_first(fib);
  program.calls(fib, 10000);
  EXPECT_EQ(program.manager->samples_wanted(fib, Tier::O3), 8u);
  program.manager->on_timed_call(fib, Tier::O3, 10);
  EXPECT_EQ(program.manager->samples_wanted(fib, Tier::O3), 7u);
  for (int call = 0; call < 10; ++call)
    program.manager->on_timed_call(fib, Tier::O3, 10);
  EXPECT_EQ(program.manager->samples_wanted(fib, Tier::O3), 0u);
  EXPECT_EQ(program.manager->samples_wanted(fib, Tier::O2), 0u); // it ticks
  EXPECT_EQ(FakeProgram(sync_options(ProfileMode::off)).manager->samples_wanted(fib, Tier::O3), 0u);
}

TEST(TierSync, EqualThresholdsGoStraightToTheLastTier) {
  TierOptions options = sync_options();
  options.thresholds = {1, 1, 1};
  FakeProgram program(options);
  program.install_first(fib);
  EXPECT_EQ(program.call(fib), Tier::O3);
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{fib, Tier::O3}}));
  EXPECT_EQ(program.manager->profile(fib).calls, 1u);
}

TEST(TierSync, AFunctionStartsAtTheFirstTierAndEndsAtTheLast) {
  TierOptions options = sync_options();
  options.min_tier = Tier::O1;
  options.max_tier = Tier::O2;
  FakeProgram program(options);
  program.install_first(fib);
  EXPECT_EQ(program.calls(fib, 999), Tier::O1);
  EXPECT_EQ(program.call(fib), Tier::O2);
  EXPECT_EQ(program.calls(fib, 100000), Tier::O2);
  EXPECT_EQ(program.compiler.compiles().size(), 1u);
}

TEST(TierSync, ACallThatComesDuringTheCompileGoesOnInTheOldBody) {
  FakeProgram program(sync_options());
  program.install_first(fib);
  Tier nested = Tier::O3;
  program.compiler.during_compile = [&](FunctionId id, Tier) { nested = program.calls(id, 500); };
  EXPECT_EQ(program.calls(fib, 100), Tier::O1);
  EXPECT_EQ(nested, Tier::O0);
  EXPECT_EQ(program.compiler.overlaps(), 0);
}

TEST(TierSync, WhatBecomesDueDuringACompileIsCompiledNext) {
  FakeProgram program(sync_options());
  program.install_first(fib);
  program.compiler.during_compile = [&](FunctionId id, Tier target) {
    if (target == Tier::O1) program.calls(id, 2000);
  };
  EXPECT_EQ(program.calls(fib, 100), Tier::O2);
}

TEST(TierSync, NothingIsCompiledWhileParked) {
  FakeProgram program(sync_options());
  program.install_first(fib);
  program.manager->park();
  EXPECT_EQ(program.calls(fib, 200), Tier::O0);
  program.manager->unpark();
  EXPECT_EQ(program.calls(fib, 50), Tier::O1);
}

TEST(TierSync, MakesNoThreadsAndCompilesNothingAhead) {
  FakeProgram program(sync_options());
  program.manager->request_ahead(std::vector{fib, other});
  program.settle();
  EXPECT_TRUE(program.compiler.batches().empty());
}

} // namespace
} // namespace ajit::testing
