// How loops rise through the tiers: ticks, continuations, forks, threads.
#include "tier_fakes.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit::testing {
namespace {

TEST(LoopTiering, ALoopGoesOnInItsContinuationAfterThreeTicks) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 2);
  program.call(fib);
  for (int i = 0; i != 3; ++i)
    EXPECT_EQ(program.tick(fib, 1, Tier::O0), Tier::O0);
  program.settle();
  EXPECT_EQ(program.compiler.continuations(), (std::vector<Continuation>{{fib, 1, Tier::O3}}));
  EXPECT_EQ(program.flags.bytes[0], 1); // publishing has set it
  EXPECT_EQ(program.turn(fib, 1, Tier::O0), Tier::O3);
  EXPECT_EQ(program.flags.bytes[0], 1); // so that other threads in this loop leave as well
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O0);
  EXPECT_EQ(program.flags.bytes[0], 0);
  const LoopSnapshot loop = loop_of(program, fib, 1);
  EXPECT_EQ(loop.ticks, 3u);
  EXPECT_EQ(loop.line, 20u);
  EXPECT_EQ(loop.tiers[3].entered, 1u);
  EXPECT_EQ(loop.tiers[3].cost.code_bytes, 96u);
  EXPECT_EQ(program.manager->stats().loop_entries, 1u);
  EXPECT_TRUE(program.compiler.compiles().empty()); // called once: the function stays
}

TEST(LoopTiering, FramesThatAreToStayGetNoContinuation) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  program.settle();
  program.manager->keep_frames();
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O0); // there is one

  TierOptions options;
  options.osr.mode = OsrMode::force;
  FakeProgram forced(options);
  forced.install_first_with_loops(fib, 1);
  forced.call(fib);
  forced.manager->keep_frames();
  EXPECT_EQ(forced.turn(fib, 0, Tier::O0), Tier::O0);
  EXPECT_TRUE(forced.compiler.continuations().empty());
}

TEST(LoopTiering, OfANestTheOutermostLoopThatTurnsIsLeft) {
  FakeProgram program(by_hand());
  program.install_first_with_nest(fib, 3);
  program.call(fib);
  for (int round = 0; round != 4; ++round) {
    program.flags.strike();
    for (uint32_t loop : {2, 1, 2, 0}) // from the inside outwards, as frames come by
      EXPECT_EQ(program.turn(fib, loop, Tier::O0, loop + 1), Tier::O0);
    if (round == 2) break;
  }
  program.settle();
  EXPECT_EQ(program.compiler.continuations(), (std::vector<Continuation>{{fib, 0, Tier::O3}}));
  EXPECT_EQ(program.turn(fib, 2, Tier::O0, 3), Tier::O0);
  EXPECT_EQ(program.turn(fib, 0, Tier::O0, 1), Tier::O3);
  for (uint32_t loop = 0; loop != 3; ++loop)
    EXPECT_EQ(loop_of(program, fib, loop).ticks, 3u);
}

TEST(LoopTiering, AnInnerLoopIsLeftOnceThoseAroundItHaveStopped) {
  FakeProgram program(by_hand());
  program.install_first_with_nest(fib, 2);
  program.call(fib);
  program.flags.strike();
  for (uint32_t loop : {1, 0})
    program.turn(fib, loop, Tier::O0, loop + 1);
  program.tick(fib, 1, Tier::O0);
  for (int round = 0; round != 2; ++round) {
    program.flags.strike();
    program.turn(fib, 1, Tier::O0, 2);
  }
  program.settle();
  EXPECT_EQ(program.compiler.continuations(), (std::vector<Continuation>{{fib, 1, Tier::O3}}));
}

TEST(LoopTiering, WhileALoopOfANestIsCompiledNoOtherIsAskedFor) {
  FakeProgram program(by_hand());
  program.install_first_with_nest(fib, 2);
  program.call(fib);
  const auto turn = [&](uint32_t loop) {
    program.flags.strike();
    program.turn(fib, loop, Tier::O0, loop + 1);
  };
  program.compiler.hold();
  for (int round = 0; round != 3; ++round)
    turn(1);
  for (int round = 0; round != 5; ++round)
    turn(0);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.compiler.continuations(), (std::vector<Continuation>{{fib, 1, Tier::O3}}));
}

TEST(LoopTiering, AFunctionHasOneTickPerRoundHoweverManyOfItsLoopsTurn) {
  FakeProgram program(by_hand());
  program.install_first_with_nest(fib, 3);
  program.calls(fib, 2);
  program.flags.strike();
  for (uint32_t loop : {2, 1, 0})
    program.turn(fib, loop, Tier::O0, loop + 1);
  program.settle();
  EXPECT_TRUE(program.compiler.compiles().empty()); // three ticks of the function would be enough
}

TEST(LoopTiering, ALargeFunctionsLoopGoesByWayOfO1) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 1, {.instructions = 100000});
  program.call(fib);
  Tier tier = Tier::O0;
  std::vector<Tier> seen;
  for (int i = 0; i != 40; ++i) {
    const Tier next = program.tick(fib, 0, tier);
    if (next != tier) seen.push_back(next);
    tier = next;
    program.settle();
  }
  EXPECT_EQ(seen, (std::vector<Tier>{Tier::O1, Tier::O3}));
  EXPECT_EQ(loop_of(program, fib, 0).tiers[1].entered, 1u);
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O3); // straight to the best there is
}

TEST(LoopTiering, LoopsTakeAFunctionUpThatIsCalledAgain) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 1);
  for (int call = 0; call != 4; ++call) {
    program.call(fib);
    program.tick(fib, 0, Tier::O0);
  }
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O3);
  EXPECT_TRUE(program.manager->profile(fib).hot);
  EXPECT_TRUE(program.compiler.continuations().empty()); // each of its loops was short
}

TEST(LoopTiering, FramesThatLeaveForAContinuationCountForTheirFunction) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O0);
  EXPECT_EQ(program.tick(fib, 0, Tier::O0), Tier::O3);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O3);
}

TEST(LoopTiering, AQueueOfFunctionsHoldsNoLoopBack) {
  FakeProgram program(by_hand(), 64);
  program.manager->park();
  for (uint32_t index = 0; index != 64; ++index)
    program.install_first(FunctionId{index});
  for (uint32_t index = 1; index != 64; ++index)
    program.calls(FunctionId{index}, 10000);
  ASSERT_GT(program.manager->stats().queue_length, 20u);
  program.manager->set_loops(fib, {{.line = 1, .depth = 1, .layout = 1, .excluded = {}}}, {.instructions = 100});
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  EXPECT_EQ(loop_of(program, fib, 0).status.state, LoopState::queued);
  program.manager->unpark();
}

TEST(LoopTiering, AFailedContinuationLeavesTheLoopWhereItIs) {
  FakeProgram program(by_hand());
  program.compiler.fail_continuations_at = Tier::O3;
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(program.tick(fib, 0, Tier::O0), Tier::O0);
    program.settle();
  }
  EXPECT_EQ(program.compiler.continuations().size(), 1u);
  EXPECT_EQ(loop_of(program, fib, 0).status.state, LoopState::failed);
  EXPECT_EQ(loop_of(program, fib, 0).note, "cannot select");
  EXPECT_EQ(program.manager->stats().failed_continuations, 1u);
}

TEST(LoopTiering, ALoopWhoseLiveValuesDifferInALaterBodyIsGivenUp) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 2);
  program.call(fib);
  std::vector<LoopFacts> later{{.line = 10, .depth = 1, .layout = 1000, .excluded = {}},
                               {.line = 20, .depth = 1, .layout = 1001, .excluded = {}}};
  EXPECT_TRUE(program.manager->loops_agree(fib, later));
  later[1].layout = 5;
  EXPECT_FALSE(program.manager->loops_agree(fib, later));
  for (int i = 0; i != 5; ++i)
    program.tick(fib, 0, Tier::O0), program.tick(fib, 1, Tier::O0);
  program.settle();
  EXPECT_EQ(program.compiler.continuations(), (std::vector<Continuation>{{fib, 0, Tier::O3}}));
  EXPECT_EQ(loop_of(program, fib, 1).note, "its live values differ from those of the first body");
  later.pop_back();
  EXPECT_FALSE(program.manager->loops_agree(fib, later));
}

TEST(LoopTiering, ForcedTheFirstCheckCompilesAndLeaves) {
  TierOptions options;
  options.osr.mode = OsrMode::force;
  FakeProgram program(options);
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O3);
  EXPECT_EQ(program.turn(fib, 0, Tier::O2), Tier::O3);
  EXPECT_EQ(program.compiler.continuations().size(), 1u);
  program.manager->park(); // as around a fork
  FakeProgram other_program(options);
  program.manager->unpark();
}

TEST(LoopTiering, WhileCompilesAreHeldBackAForcedCheckGoesOnInTheLoop) {
  TierOptions options;
  options.osr.mode = OsrMode::force;
  FakeProgram program(options);
  program.install_first_with_loops(fib, 1);
  program.manager->park();
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O0);
  program.manager->unpark();
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O3);
}

TEST(LoopTiering, WithASeedFramesClimbThroughTiersTheSameWayInEveryRun) {
  TierOptions options;
  options.osr.mode = OsrMode::force;
  std::vector<std::vector<Tier>> runs;
  bool by_steps = false;
  for (uint64_t seed : {1, 1, 2, 3, 4, 5}) {
    options.osr.seed = seed;
    FakeProgram program(options);
    program.install_first_with_loops(fib, 4);
    runs.emplace_back();
    for (uint32_t loop = 0; loop != 4; ++loop) {
      Tier tier = Tier::O0;
      int steps = 0;
      for (int i = 0; i != 20000 && tier != Tier::O3; ++i) {
        const Tier next = program.turn(fib, loop, tier);
        steps += next != tier;
        EXPECT_GE(next, tier);
        tier = next;
        if (i < 200) runs.back().push_back(tier);
      }
      EXPECT_EQ(tier, Tier::O3);
      by_steps |= steps > 1;
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0], runs[2]);
  EXPECT_TRUE(by_steps);
}

TEST(LoopTiering, InSynchronousModeChecksCountAndTheCheckThatIsDueCompiles) {
  TierOptions options{.sync = true};
  options.osr.ticks = 2;
  FakeProgram program(options);
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  uint64_t turns = 1;
  while (program.turn(fib, 0, Tier::O0) == Tier::O0)
    ++turns;
  EXPECT_EQ(turns, 2 * checks_per_tick);
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O3);
}

TEST(LoopTiering, TheClockFindsARunningLoopByItself) {
  FakeProgram program({.compile_threads = 1});
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  const auto start = SteadyClock::now();
  while (program.turn(fib, 0, Tier::O0) == Tier::O0)
    ASSERT_LT(milliseconds(start, SteadyClock::now()), 60000);
  EXPECT_GE(milliseconds(start, SteadyClock::now()), 2.0);
}

TEST(LoopTiering, RequestsThatWaitAreForgottenInAForkedChild) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer does not allow threads in a forked child";
#endif
  TierOptions options = by_hand();
  options.fork_youth = std::chrono::milliseconds(0);
  FakeProgram program(options);
  program.install_first_with_loops(fib, 1);
  program.call(fib);
  program.manager->park();
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  ASSERT_EQ(loop_of(program, fib, 0).status.state, LoopState::queued);
  const pid_t pid = fork();
  if (pid == 0) {
    program.manager->reset_after_fork();
    const bool forgotten = loop_of(program, fib, 0).status.state == LoopState::idle && program.flags.bytes[0] == 1;
    program.turn(fib, 0, Tier::O0);
    program.settle();
    _exit(forgotten && program.turn(fib, 0, Tier::O0) == Tier::O3 ? 0 : 1);
  }
  program.manager->unpark();
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  program.settle();
  EXPECT_EQ(program.tick(fib, 0, Tier::O0), Tier::O3);
}

TEST(LoopTiering, AfterStopChecksGetWhatThereIsAndAskForNothing) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 2);
  program.call(fib);
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  program.settle();
  program.manager->stop();
  for (int i = 0; i != 5; ++i)
    EXPECT_EQ(program.tick(fib, 1, Tier::O0), Tier::O0);
  EXPECT_EQ(program.tick(fib, 0, Tier::O0), Tier::O3);
  EXPECT_EQ(program.compiler.continuations().size(), 1u);
}

class LoopThreads : public ::testing::TestWithParam<OsrMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, LoopThreads, ::testing::Values(OsrMode::on, OsrMode::force),
                         [](const auto& mode) { return mode.param == OsrMode::on ? "On" : "Force"; });

TEST_P(LoopThreads, FramesOfManyThreadsAllReachTheLastTier) {
  constexpr uint32_t functions = 4, loops = 4, threads = 6;
  TierOptions options{.compile_threads = 2};
  options.osr.mode = GetParam();
  options.osr.interval = std::chrono::microseconds(100);
  if (GetParam() == OsrMode::force) options.osr.seed = 11;
  FakeProgram program(options, functions);
  for (uint32_t index = 0; index != functions; ++index)
    program.install_first_with_loops(FunctionId{index}, loops, {.instructions = 100, .callees = index % 2});
  std::atomic<uint32_t> lower{0};
  {
    std::vector<std::jthread> running;
    for (uint32_t thread = 0; thread != threads; ++thread)
      running.emplace_back([&, thread] {
        for (uint32_t at = 0; at != functions * loops; ++at) {
          const uint32_t place = (at + thread) % (functions * loops);
          const FunctionId id{place / loops};
          const Tier start = program.call(id);
          for (Tier tier = start; tier != Tier::O3;) {
            const Tier next = program.turn(id, place % loops, tier);
            if (next < tier) ++lower;
            tier = next;
            std::this_thread::yield();
          }
        }
      });
    std::jthread reader([&] {
      for (int i = 0; i != 200; ++i) {
        EXPECT_EQ(program.manager->profiles().size(), functions);
        program.manager->park();
        program.manager->unpark();
      }
    });
  }
  EXPECT_EQ(lower, 0u);
  std::vector<Continuation> compiled = program.compiler.continuations();
  for (auto at = compiled.begin(); at != compiled.end(); ++at)
    EXPECT_EQ(std::count(at, compiled.end(), *at), 1) << "compiled again";
  EXPECT_EQ(program.compiler.overlaps(), 0);
  for (uint32_t index = 0; index != functions; ++index)
    for (const LoopSnapshot& loop : program.manager->profile(FunctionId{index}).loops)
      EXPECT_LE(loop.status.tier, Tier::O3);
}

} // namespace
} // namespace ajit::testing
