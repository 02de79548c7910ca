// Profiles: their figures, their table, and the distribution of durations.
#include "cycle_histogram.h"
#include "function_profile.h"
#include "profile_table.h"

#include <gtest/gtest.h>
#include <set>
#include <thread>

namespace ajit {
namespace {

TEST(TierFigures, SummariseTimedCalls) {
  TierFigures figures;
  EXPECT_EQ(figures.snapshot().cycles_min, 0u); // not the largest number there is
  EXPECT_EQ(figures.snapshot().cycles_average(), 0.0);
  for (uint64_t cycles : {30, 10, 20})
    figures.add_timed_call(cycles);
  const TierSnapshot snapshot = figures.snapshot();
  EXPECT_EQ(snapshot.timed_calls, 3u);
  EXPECT_EQ(snapshot.cycles_total, 60u);
  EXPECT_EQ(snapshot.cycles_min, 10u);
  EXPECT_EQ(snapshot.cycles_max, 30u);
  EXPECT_EQ(snapshot.cycles_average(), 20.0);
}

TEST(ProfileTable, ProfilesKeepTheirAddresses) {
  ProfileTable table;
  FunctionProfile* first = &table.add(FunctionId{0});
  std::set<FunctionProfile*> seen;
  for (uint32_t index = 0; index < 5000; ++index)
    seen.insert(&table.add(FunctionId{index}));
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_EQ(&table[FunctionId{0}], first);
  EXPECT_EQ(&table[FunctionId{4321}], &table.add(FunctionId{4321}));
}

TEST(ProfileTable, VisitsOnlyWhatHasStarted) {
  ProfileTable table;
  std::atomic<int32_t> machine{0};
  table.add(FunctionId{3}).counter.start(machine, 1);
  table.add(FunctionId{900}).counter.start(machine, 1);
  std::vector<uint32_t> visited;
  table.for_each([&](FunctionId id, const FunctionProfile&) { visited.push_back(index_of(id)); });
  EXPECT_EQ(visited, (std::vector<uint32_t>{3, 900}));
}

TEST(ProfileTable, ThreadsAddingAtOnceGetTheSameProfiles) {
  constexpr uint32_t functions = 2000;
  ProfileTable table;
  const auto add_all = [&] {
    for (uint32_t index = 0; index < functions; ++index)
      table.add(FunctionId{index}).tiers[0].add_timed_call(index);
  };
  {
    std::jthread a(add_all);
    std::jthread b(add_all);
  }
  for (uint32_t index = 0; index < functions; ++index)
    EXPECT_EQ(table[FunctionId{index}].tiers[0].timed_calls(), 2u);
}

TEST(CycleHistogram, PercentilesAreWithinAnEighth) {
  CycleHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.99), 0u);
  for (uint64_t cycles = 1; cycles <= 1000; ++cycles)
    histogram.add(cycles);
  EXPECT_EQ(histogram.count(), 1000u);
  EXPECT_GE(histogram.percentile(0.5), 500u);
  EXPECT_LE(histogram.percentile(0.5), 500u * 9 / 8);
  EXPECT_GE(histogram.percentile(0.99), 990u);
  EXPECT_LE(histogram.percentile(0.99), 990u * 9 / 8);
}

TEST(CycleHistogram, TakesAnyDuration) {
  CycleHistogram histogram;
  histogram.add(0);
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.percentile(0.5), 0u);
  EXPECT_EQ(histogram.percentile(1.0), UINT64_MAX);
}

} // namespace
} // namespace ajit
