// At which calls counters tick.
#include "call_schedule.h"

#include <gtest/gtest.h>
#include <vector>

namespace ajit {
namespace {

std::vector<uint64_t> samples_up_to(uint64_t last) {
  std::vector<uint64_t> samples;
  for (uint64_t call = next_sample(0, ProfileMode::sampled); call <= last;
       call = next_sample(call, ProfileMode::sampled))
    samples.push_back(call);
  return samples;
}

std::size_t samples_between(uint64_t first, uint64_t last) {
  return samples_up_to(last).size() - samples_up_to(first).size();
}

TEST(CallSchedule, SamplesAreDenseEarlyAndSparseLater) {
  EXPECT_EQ(samples_up_to(256), (std::vector<uint64_t>{2, 4, 8, 16, 32, 64, 128, 192, 256}));
  EXPECT_EQ(next_sample(960, ProfileMode::sampled), 1024u);
  EXPECT_EQ(next_sample(1024, ProfileMode::sampled), 1536u);
  EXPECT_EQ(next_sample(9728, ProfileMode::sampled), 10240u);
  EXPECT_EQ(next_sample(10240, ProfileMode::sampled), 16384u);
  EXPECT_EQ(next_sample(16384, ProfileMode::sampled), 32768u);
  EXPECT_EQ(next_sample(uint64_t{1} << 20, ProfileMode::sampled), uint64_t{2} << 20);
  EXPECT_EQ(next_sample(uint64_t{5} << 20, ProfileMode::sampled), uint64_t{6} << 20);
}

TEST(CallSchedule, EveryTierGetsSamplesAndFewCallsAreTimed) {
  EXPECT_GE(samples_between(0, 100), 5u);
  EXPECT_GE(samples_between(100, 1000), 5u);
  EXPECT_GE(samples_between(1000, 10000), 5u);
  EXPECT_LE(samples_up_to(10000).size(), 50u);
  EXPECT_LE(samples_up_to(100000000).size(), 160u);
}

TEST(CallSchedule, ModesTimeAllOrNone) {
  EXPECT_EQ(next_sample(7, ProfileMode::full), 8u);
  EXPECT_EQ(next_sample(7, ProfileMode::off), no_call);
  EXPECT_TRUE(is_sample(64, ProfileMode::sampled));
  EXPECT_FALSE(is_sample(100, ProfileMode::sampled));
  EXPECT_FALSE(is_sample(0, ProfileMode::full));
}

TEST(CallSchedule, StopsAtThresholdsExactly) {
  TierOptions options;
  options.profile = ProfileMode::off;
  const auto at = [](Tier tier) { return TierStatus{.state = FunctionState::installed, .tier = tier}; };
  EXPECT_EQ(next_event(0, at(Tier::O0), options), 100u);
  EXPECT_EQ(next_event(100, at(Tier::O1), options), 1000u);
  EXPECT_EQ(next_event(1000, at(Tier::O2), options), 10000u);
  EXPECT_EQ(next_event(10000, at(Tier::O3), options), no_call);
  options.profile = ProfileMode::sampled;
  EXPECT_EQ(next_event(64, at(Tier::O0), options), 100u);
  EXPECT_EQ(next_event(960, at(Tier::O1), options), 1000u);
}

TEST(CallSchedule, AsksAgainWhileADueTierIsMissing) {
  TierOptions options;
  options.profile = ProfileMode::off;
  const TierStatus behind{.state = FunctionState::installed, .tier = Tier::O0};
  EXPECT_EQ(next_event(100, behind, options), 116u);
  EXPECT_EQ(next_event(400, behind, options), 450u);
  EXPECT_EQ(next_event(990, behind, options), 1000u); // but not past a threshold
}

TEST(CallSchedule, FunctionsThatCannotRiseTickForSamplesOnly) {
  TierOptions options;
  const TierStatus pinned{.state = FunctionState::installed, .tier = Tier::O0, .pinned = true};
  EXPECT_EQ(next_event(64, pinned, options), 128u);
  options.profile = ProfileMode::off;
  EXPECT_EQ(next_event(64, pinned, options), no_call);
}

} // namespace
} // namespace ajit
