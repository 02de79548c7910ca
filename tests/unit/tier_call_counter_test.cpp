// The counter that machine code decrements.
#include "call_counter.h"
#include "tier_fakes.h"

#include <barrier>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace ajit {
namespace {

constexpr uint64_t long_ago = uint64_t{1} << 40; // cycles between events: so many that no refill seems to be lost

using testing::count_call;

TEST(CallCounter, TicksAtExactlyThePlannedCalls) {
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  counter.start(machine, 3);
  std::vector<uint64_t> ticked;
  uint64_t now = long_ago;
  for (uint64_t call = 1; call <= 100; ++call) {
    if (count_call(machine)) {
      const auto tick = counter.take_tick(now += long_ago, [](uint64_t calls) { return calls + 10; });
      ASSERT_TRUE(tick);
      EXPECT_EQ(tick->calls, call);
      EXPECT_EQ(tick->planned, call);
      ticked.push_back(call);
      EXPECT_FALSE(count_call(machine)); // the same call, through the slot again
    }
    EXPECT_EQ(counter.calls(), call);
  }
  EXPECT_EQ(ticked, (std::vector<uint64_t>{3, 13, 23, 33, 43, 53, 63, 73, 83, 93}));
}

TEST(CallCounter, ABodyThatDoesNotCountIsNotCountedFor) {
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  counter.start(machine, 1);
  ASSERT_TRUE(count_call(machine));
  ASSERT_TRUE(counter.take_tick(long_ago, [](uint64_t) { return uint64_t{50}; }));
  counter.skip_second_count();
  EXPECT_EQ(counter.calls(), 1u);
}

TEST(CallCounter, OneOfTwoThreadsThatTickTogetherHasTheEvent) {
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  counter.start(machine, 1);
  EXPECT_TRUE(count_call(machine)); // thread A
  EXPECT_TRUE(count_call(machine)); // thread B, before A has refilled
  const auto next = [](uint64_t calls) { return calls + 10; };
  const auto first = counter.take_tick(long_ago, next);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->calls, 2u);
  EXPECT_EQ(first->planned, 1u);
  EXPECT_FALSE(counter.take_tick(long_ago + 1, next));
  EXPECT_FALSE(count_call(machine)); // both go through the slot again
  EXPECT_FALSE(count_call(machine));
  EXPECT_EQ(counter.calls(), 2u);
}

TEST(CallCounter, ARefillUndoneByARaceGrantsNothingTwice) {
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  counter.start(machine, 1);
  ASSERT_TRUE(count_call(machine));
  const auto next = [](uint64_t calls) { return calls + 1000; };
  ASSERT_TRUE(counter.take_tick(long_ago, next));
  machine.store(-1); // a decrement that had read 0 before the refill
  EXPECT_FALSE(counter.take_tick(long_ago + 200, next));
  EXPECT_FALSE(count_call(machine));
  EXPECT_EQ(counter.calls(), 1u);
}

TEST(CallCounter, AnEventThatNeverComesDoesNotOverflow) {
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  counter.start(machine, UINT64_MAX);
  EXPECT_EQ(counter.calls(), 0u);
  machine.store(0);
  ASSERT_TRUE(counter.take_tick(long_ago, [](uint64_t) { return UINT64_MAX; }));
  EXPECT_GT(machine.load(), 0);
}

TEST(CallCounter, RacingThreadsLoseCountsButNeverInventThem) {
  constexpr unsigned threads = 4;
  constexpr uint64_t calls_each = 5000000;
  std::atomic<int32_t> machine{0};
  CallCounter counter;
  constexpr uint64_t distance = 2000;
  counter.start(machine, distance);
  std::atomic<uint64_t> events{0};
  std::barrier start(threads);
  const auto run = [&] {
    start.arrive_and_wait();
    for (uint64_t call = 0; call < calls_each; ++call)
      while (count_call(machine))
        if (counter.take_tick(__builtin_readcyclecounter(), [](uint64_t calls) { return calls + distance; })) ++events;
  };
  std::vector<std::jthread> running;
  for (unsigned i = 0; i < threads; ++i)
    running.emplace_back(run);
  running.clear();
  EXPECT_GT(events, 0u);
  EXPECT_LE(counter.calls(), threads * calls_each + 5 * distance);
}

} // namespace
} // namespace ajit
