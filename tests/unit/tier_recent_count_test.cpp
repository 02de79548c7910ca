//===- tier_recent_count_test.cpp ---------------------------------------------------------------------------------===//
#include "recent_count.h"
#include "tier_policy.h"

#include <gtest/gtest.h>

namespace ajit {
namespace {

TEST(RecentCount, RemembersThisWindowAndTheLast) {
  RecentCount count(20);
  EXPECT_EQ(count.recent(5), 0u);
  for (int i = 0; i != 7; ++i)
    count.add(10);
  EXPECT_EQ(count.recent(19), 7u);
  EXPECT_EQ(count.recent(39), 7u) << "one window later they are still the last window's";
  EXPECT_EQ(count.recent(41), 0u);
  count.add(25);
  EXPECT_EQ(count.recent(30), 7u) << "the window with more counts";
  count.add(70);
  EXPECT_EQ(count.recent(75), 1u);
}

TEST(StartUp, ManyFirstBodiesRaiseThresholdsAndFewDoNot) {
  TierOptions options;
  EXPECT_EQ(threshold_scale({.queue_length = 0, .first_bodies = calm_first_bodies, .workers = 1}, options), 1);
  EXPECT_GT(threshold_scale({.queue_length = 0, .first_bodies = 60, .workers = 1}, options), 4);
  options.sync = true;
  EXPECT_EQ(threshold_scale({.queue_length = 0, .first_bodies = 60, .workers = 1}, options), 1);
}

} // namespace
} // namespace ajit
