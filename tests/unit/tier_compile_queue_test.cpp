// The queue between the program's threads and the compile threads.
#include "compile_queue.h"

#include <deque>
#include <gtest/gtest.h>
#include <numeric>
#include <thread>

namespace ajit {
namespace {

/// A queue over `functions` functions, each with a heat and a state that tests may set.
struct QueueTest {
  explicit QueueTest(uint32_t functions, uint32_t batch = 16)
      : heat(functions), cold(functions, true), queue(
                                                    batch, [this](FunctionId id) { return heat[index_of(id)]; },
                                                    [this](FunctionId id) { return cold[index_of(id)]; }) {
    for (uint32_t i = 0; i < functions; ++i) {
      tier_ups.emplace_back(CompileRequest::Kind::tier_up);
      aheads.emplace_back(CompileRequest::Kind::ahead);
      loops.emplace_back(CompileRequest::Kind::loop);
    }
  }

  bool push(uint32_t index, uint64_t calls = 0) {
    return queue.push_tier_up(tier_ups[index], FunctionId{index}, calls, SteadyClock::now());
  }
  bool push_ahead(std::vector<FunctionId> ids) {
    return queue.push_ahead(ids, [this](FunctionId id) { return &aheads[index_of(id)]; });
  }
  bool push_loop(uint32_t index) {
    return queue.push_loop(loops[index], FunctionId{index}, index + 50, 3, SteadyClock::now());
  }
  uint32_t take_loop() {
    const auto task = queue.take();
    queue.finish();
    return std::get<LoopTask>(*task).loop;
  }
  uint32_t take_tier_up() {
    const auto task = queue.take();
    queue.finish();
    return index_of(std::get<TierUpTask>(*task).id);
  }
  std::vector<uint32_t> take_batch() {
    const auto task = queue.take();
    queue.finish();
    std::vector<uint32_t> ids;
    for (FunctionId id : std::get<AheadBatch>(*task))
      ids.push_back(index_of(id));
    return ids;
  }

  std::vector<double> heat;
  std::vector<bool> cold;
  std::deque<CompileRequest> tier_ups;
  std::deque<CompileRequest> aheads;
  std::deque<CompileRequest> loops;
  CompileQueue queue;
};

TEST(CompileQueue, ServesATierUpBetweenTwoLoops) {
  QueueTest test(3);
  test.heat = {1, 2, 3};
  for (uint32_t i : {0, 1, 2}) {
    test.push(i);
    test.push_loop(i);
  }
  EXPECT_EQ(test.take_loop(), 50u);
  EXPECT_EQ(test.take_tier_up(), 2u);
  EXPECT_EQ(test.take_loop(), 51u);
  test.push_loop(0); // repeated requests by loops do not starve functions
  EXPECT_EQ(test.take_tier_up(), 1u);
  EXPECT_EQ(test.take_loop(), 52u);
  EXPECT_EQ(test.take_tier_up(), 0u);
  EXPECT_EQ(test.take_loop(), 50u);
  EXPECT_EQ(test.queue.length(), 0u);
}

TEST(CompileQueue, ServesRunningLoopsBeforeAllElseInTheirOrder) {
  QueueTest test(3);
  EXPECT_TRUE(test.push_ahead({FunctionId{1}}));
  EXPECT_TRUE(test.push_loop(2));
  EXPECT_TRUE(test.push_loop(0));
  EXPECT_FALSE(test.push_loop(2)); // waits already
  EXPECT_EQ(test.queue.length(), 3u);
  EXPECT_EQ(test.take_loop(), 52u);
  EXPECT_TRUE(test.push_loop(2)); // behind the one that waits
  EXPECT_EQ(test.take_loop(), 50u);
  EXPECT_EQ(test.take_loop(), 52u);
  EXPECT_TRUE(test.push(0));
  EXPECT_EQ(test.take_tier_up(), 0u); // the loops have had their turn
  EXPECT_EQ(test.take_batch(), (std::vector<uint32_t>{1}));
}

TEST(CompileQueue, WarmsUpOnlyWhileThereIsNothingElseToDo) {
  QueueTest t(3);
  t.queue.push_warm_up(Tier::O3);
  EXPECT_FALSE(t.queue.is_wanted());
  t.push(2);
  EXPECT_TRUE(t.queue.is_wanted());
  EXPECT_EQ(t.take_tier_up(), 2u);
  EXPECT_FALSE(t.queue.is_wanted());
  const auto task = t.queue.take();
  EXPECT_EQ(std::get<WarmUpTask>(*task).tier, Tier::O3);
  EXPECT_EQ(t.queue.under_way(), 1u);
  t.queue.finish();
  EXPECT_EQ(t.queue.under_way(), 0u);

  t.queue.push_warm_up(Tier::O3);
  t.push_loop(1);
  EXPECT_EQ(t.take_loop(), 51u); // after which it is too late
  t.push(0);
  EXPECT_EQ(t.take_tier_up(), 0u);
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    t.queue.stop();
  });
  EXPECT_FALSE(t.queue.take());
  EXPECT_TRUE(t.queue.is_wanted());
}

TEST(CompileQueue, ServesTheHottestFirst) {
  QueueTest test(3);
  test.heat = {1, 3, 2};
  for (uint32_t i : {0, 1, 2})
    EXPECT_TRUE(test.push(i));
  EXPECT_EQ(test.queue.length(), 3u);
  EXPECT_EQ(test.take_tier_up(), 1u);
  test.heat[0] = 9; // heats up while it waits
  EXPECT_EQ(test.take_tier_up(), 0u);
  EXPECT_EQ(test.take_tier_up(), 2u);
  EXPECT_EQ(test.queue.length(), 0u);
}

TEST(CompileQueue, MergesDuplicatesUntilTheRequestIsTaken) {
  QueueTest test(1);
  EXPECT_TRUE(test.push(0, 100));
  EXPECT_FALSE(test.push(0, 200));
  EXPECT_EQ(test.queue.length(), 1u);
  const auto task = test.queue.take();
  EXPECT_EQ(std::get<TierUpTask>(*task).calls, 100u);
  test.queue.finish();
  EXPECT_TRUE(test.push(0, 300));
}

TEST(CompileQueue, CompilesAheadInBatchesTheLatestAskedFirstAndBeforeTierUps) {
  QueueTest test(8, 2);
  test.push_ahead({FunctionId{0}, FunctionId{1}, FunctionId{2}});
  test.push_ahead({FunctionId{3}});
  test.push(7);
  EXPECT_EQ(test.queue.length(), 5u);
  EXPECT_EQ(test.take_batch(), (std::vector<uint32_t>{3, 0}));
  EXPECT_EQ(test.take_batch(), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(test.take_tier_up(), 7u);
  EXPECT_EQ(test.queue.length(), 0u);
}

TEST(CompileQueue, WithdrawsACompileAheadOfAFunctionThatRunsAlready) {
  QueueTest test(3);
  test.push_ahead({FunctionId{0}, FunctionId{1}, FunctionId{2}});
  test.cold[1] = false;
  EXPECT_EQ(test.take_batch(), (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(test.queue.withdrawn(), 1u);
}

TEST(CompileQueue, StopEndsTakersAndRefusesRequests) {
  QueueTest test(1);
  std::jthread taker([&] { EXPECT_FALSE(test.queue.take()); });
  test.queue.stop();
  taker.join();
  EXPECT_FALSE(test.push(0));
  EXPECT_FALSE(test.queue.take());
}

TEST(CompileQueue, ParkWaitsForTasksAndHoldsBackTheNext) {
  QueueTest test(2);
  test.push(0);
  test.push(1);
  ASSERT_TRUE(test.queue.take());
  std::atomic<bool> finished{false};
  std::jthread worker([&] {
    finished = true;
    test.queue.finish();
  });
  test.queue.park();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(test.queue.try_begin());

  std::atomic<bool> taken{false};
  std::jthread taker([&] {
    EXPECT_TRUE(test.queue.take());
    taken = true;
    test.queue.finish();
  });
  test.queue.park();
  test.queue.unpark();
  EXPECT_FALSE(taken); // parked twice
  test.queue.unpark();
  taker.join();
  EXPECT_TRUE(taken);
}

TEST(CompileQueue, ManyProducersAndWorkersLoseNothing) {
  constexpr uint32_t producers = 8;
  constexpr uint32_t each = 500;
  QueueTest test(producers * each);
  std::iota(test.heat.begin(), test.heat.end(), 0);
  std::vector<std::atomic<int>> served(producers * each);
  std::atomic<uint32_t> total{0};

  std::vector<std::jthread> workers;
  for (int i = 0; i < 3; ++i)
    workers.emplace_back([&] {
      while (auto task = test.queue.take()) {
        ++served[index_of(std::get<TierUpTask>(*task).id)];
        test.queue.finish();
        total.fetch_add(1);
        total.notify_all();
      }
    });
  std::vector<std::jthread> pushing;
  for (uint32_t producer = 0; producer < producers; ++producer)
    pushing.emplace_back([&, producer] {
      for (uint32_t i = 0; i < each; ++i)
        EXPECT_TRUE(test.push(producer * each + i));
    });
  for (uint32_t seen = total; seen < producers * each; seen = total)
    total.wait(seen);
  test.queue.stop();
  workers.clear();
  for (const auto& times : served)
    EXPECT_EQ(times, 1);
  EXPECT_EQ(test.queue.length(), 0u);
}

} // namespace
} // namespace ajit
