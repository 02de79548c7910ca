// The thread that makes running loops report.
#include "poll_clock.h"

#include <gtest/gtest.h>
#include <thread>

namespace ajit {
namespace {

using namespace std::chrono_literals;

TierOptions every(std::chrono::microseconds interval) {
  TierOptions options;
  options.osr.interval = interval;
  return options;
}

/// Waits for the bytes; false after ten seconds.
bool become_set(const PollFlags& flags) {
  for (int i = 0; i != 100000 && flags.any_clear(); ++i)
    std::this_thread::sleep_for(100us);
  return !flags.any_clear();
}

TEST(PollClock, SetsTheBytesAgainAfterEachClearing) {
  PollFlags flags;
  PollClock clock(flags, every(200us));
  EXPECT_EQ(flags.bytes[0], 1); // the first check starts the thread
  for (int round = 0; round != 20; ++round) {
    ASSERT_TRUE(become_set(flags));
    if (round % 5 == 0) std::this_thread::sleep_for(2ms); // long enough for the thread to have gone to sleep
    clock.clear(round % 10 + 1);                          // by the next line the thread may have set it again
  }
  EXPECT_EQ(clock.round(), 19u); // the first check is no tick
}

TEST(PollClock, EachDepthHasItsByteAndTheDeepestShareOne) {
  PollFlags flags;
  PollClock clock(flags, every(1s));
  flags.strike();
  clock.clear(3);
  for (uint32_t byte = 0; byte != poll_depths; ++byte)
    EXPECT_EQ(flags.bytes[byte], byte == 2 ? 0 : 1);
  clock.clear(poll_depths + 5);
  EXPECT_EQ(flags.bytes[poll_depths - 1], 0);
}

TEST(PollClock, TheFirstCheckAfterAForkStartsTheThread) {
  PollFlags flags;
  PollClock clock(flags, every(200us));
  clock.reset_after_fork();
  EXPECT_EQ(flags.bytes[0], 1);
  clock.clear(1);
  EXPECT_TRUE(become_set(flags));
}

TEST(PollClock, ThereIsNoThreadAndNoClearingInSynchronousModeOrWhereForced) {
  TierOptions options;
  options.sync = true;
  PollFlags flags;
  PollClock sync(flags, options);
  sync.clear(1);
  EXPECT_EQ(flags.bytes[0], 1);
  options.sync = false;
  options.osr.mode = OsrMode::force;
  flags.set_all(0);
  PollClock forced(flags, options);
  forced.clear(1);
  EXPECT_EQ(flags.bytes[0], 1);
}

TEST(PollClock, TheBytesAreNeverSetWithOnStackReplacementOff) {
  TierOptions options = every(50us);
  options.osr.mode = OsrMode::off;
  PollFlags flags;
  PollClock clock(flags, options);
  clock.set();
  std::this_thread::sleep_for(2ms);
  EXPECT_EQ(flags.bytes[0], 0);
}

TEST(PollClock, StopsWhileItSleepsAndWhileLoopsRun) {
  PollFlags flags;
  PollClock clock(flags, every(50us));
  clock.clear(1);
  ASSERT_TRUE(become_set(flags));
  std::this_thread::sleep_for(1ms);
  clock.stop();
  clock.stop();
  clock.clear(1);
  std::this_thread::sleep_for(1ms);
  EXPECT_EQ(flags.bytes[0], 0);
}

TEST(PollClock, StopsAtAnyMoment) {
  for (int round = 0; round != 4000; ++round) {
    PollFlags flags;
    PollClock clock(flags, every(50us));
    clock.clear(1);
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(round % 400);
    while (std::chrono::steady_clock::now() < until) {
    }
  }
}

} // namespace
} // namespace ajit
