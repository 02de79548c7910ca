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

/// Waits for the byte; false after ten seconds.
bool becomes_set(const std::atomic<uint8_t>& byte) {
  for (int i = 0; i != 100000 && byte.load() == 0; ++i)
    std::this_thread::sleep_for(100us);
  return byte.load() != 0;
}

TEST(PollClock, SetsTheByteAgainAfterEachClearing) {
  std::atomic<uint8_t> byte{0};
  PollClock clock(byte, every(200us));
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(byte, 0); // nobody polls yet
  clock.start();
  for (int round = 0; round != 20; ++round) {
    ASSERT_TRUE(becomes_set(byte));
    if (round % 5 == 0) std::this_thread::sleep_for(2ms); // long enough for the thread to have gone to sleep
    clock.clear();
  }
}

TEST(PollClock, TheFirstCheckAfterAForkStartsTheThread) {
  std::atomic<uint8_t> byte{0};
  PollClock clock(byte, every(200us));
  clock.reset_after_fork();
  EXPECT_EQ(byte, 1);
  clock.clear();
  EXPECT_TRUE(becomes_set(byte));
}

TEST(PollClock, ThereIsNoThreadAndNoClearingInSynchronousModeOrWhereForced) {
  TierOptions options;
  options.sync = true;
  std::atomic<uint8_t> byte{0};
  PollClock sync(byte, options);
  sync.start();
  sync.clear();
  EXPECT_EQ(byte, 1);
  options.sync = false;
  options.osr.mode = OsrMode::force;
  byte = 0;
  PollClock forced(byte, options);
  forced.start();
  forced.clear();
  EXPECT_EQ(byte, 1);
}

TEST(PollClock, TheByteIsNeverSetWithOnStackReplacementOff) {
  TierOptions options = every(50us);
  options.osr.mode = OsrMode::off;
  std::atomic<uint8_t> byte{0};
  PollClock clock(byte, options);
  clock.start();
  clock.set();
  std::this_thread::sleep_for(2ms);
  EXPECT_EQ(byte, 0);
}

TEST(PollClock, StopsWhileItSleepsAndWhileLoopsRun) {
  std::atomic<uint8_t> byte{0};
  PollClock clock(byte, every(50us));
  clock.start();
  ASSERT_TRUE(becomes_set(byte));
  std::this_thread::sleep_for(1ms);
  clock.stop();
  clock.stop();
  clock.clear();
  std::this_thread::sleep_for(1ms);
  EXPECT_EQ(byte, 0);
}

TEST(PollClock, StopsAtAnyMoment) {
  for (int round = 0; round != 4000; ++round) {
    std::atomic<uint8_t> byte{0};
    PollClock clock(byte, every(50us));
    clock.start();
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(round % 400);
    while (std::chrono::steady_clock::now() < until) {
    }
  }
}

} // namespace
} // namespace ajit
