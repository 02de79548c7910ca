// Many threads calling while functions change tier.
#include "tier_fakes.h"

#include <gtest/gtest.h>
#include <map>
#include <thread>

namespace ajit::testing {
namespace {

/// `threads` threads, each calling every function `calls` times.
void run_threads(FakeProgram& program, unsigned threads, uint32_t functions, uint64_t calls) {
  std::vector<std::jthread> running;
  for (unsigned thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      for (uint64_t call = 0; call < calls; ++call)
        for (uint32_t index = 0; index < functions; ++index)
          program.call(FunctionId{(index + thread) % functions});
    });
}

/// Checks that each function was compiled at most once per tier, in ascending order.
void expect_each_compile_once(FakeProgram& program) {
  std::map<FunctionId, Tier> latest;
  for (const auto& [id, tier] : program.compiler.compiles()) {
    EXPECT_LT(latest[id], tier);
    latest[id] = tier;
  }
  EXPECT_EQ(program.compiler.overlaps(), 0);
}

struct Mode {
  const char* name;
  TierOptions options;
};

class TierThreads : public ::testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, TierThreads,
                         ::testing::Values(Mode{"Background", {.compile_threads = 2}}, Mode{"Sync", {.sync = true}},
                                           Mode{"Full", {.compile_threads = 2, .profile = ProfileMode::full}},
                                           Mode{"Unprofiled", {.compile_threads = 2, .profile = ProfileMode::off}}),
                         [](const auto& mode) { return mode.param.name; });

TEST_P(TierThreads, EveryFunctionReachesTheLastTierOnce) {
  constexpr uint32_t functions = 8;
  TierOptions options = GetParam().options;
  options.thresholds = {20, 100, 500};
  FakeProgram program(options, functions);
  for (uint32_t index = 0; index < functions; ++index)
    program.install_first(FunctionId{index});
  run_threads(program, 4, functions, 1500);
  for (uint32_t index = 0; index < functions; ++index) {
    // Collisions lose counts; a few more calls make up for them.
    for (int call = 0; call < 4000 && program.call(FunctionId{index}) != Tier::O3; ++call)
      program.settle();
    EXPECT_EQ(program.call(FunctionId{index}), Tier::O3) << index;
  }
  expect_each_compile_once(program);
}

TEST(TierThreads, StatsCanBeReadWhileFunctionsRunAndAreAdded) {
  FakeProgram program({.compile_threads = 1}, 4);
  FakeCompiler compiler(3000);
  std::vector<std::atomic<int32_t>> counters(3000);
  PollFlags poll_flags;
  TierManager manager({.compile_threads = 2}, compiler, counters, poll_flags);
  std::atomic<bool> over{false};
  std::jthread reader([&] {
    while (!over) {
      for (const ProfileSnapshot& profile : manager.profiles())
        EXPECT_LE(profile.status.tier, Tier::O3);
      manager.stats();
      manager.decisions();
    }
  });
  for (uint32_t index = 0; index < 3000; ++index) {
    manager.prepare(FunctionId{index});
    if (index % 2 == 0) manager.request_ahead(std::vector{FunctionId{index}});
    manager.on_first_call_installed(FunctionId{index}, Tier::O0);
    if (index % 3 == 0) manager.pin(FunctionId{index}, "a reason");
    manager.on_timed_call(FunctionId{index}, Tier::O0, index);
  }
  over = true;
}

TEST(TierThreads, ParkingWhileThreadsCallHoldsEverythingBack) {
  FakeProgram program({.compile_threads = 2}, 8);
  for (uint32_t index = 0; index < 8; ++index)
    program.install_first(FunctionId{index});
  std::jthread caller([&] { run_threads(program, 2, 8, 3000); });
  for (int round = 0; round < 50; ++round) {
    program.manager->park();
    const std::size_t begun = program.compiler.compiles().size();
    std::this_thread::yield();
    EXPECT_EQ(program.compiler.compiles().size(), begun);
    program.manager->unpark();
  }
  caller.join();
  expect_each_compile_once(program);
}

} // namespace
} // namespace ajit::testing
