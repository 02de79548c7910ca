// Between a loop's first tick and its continuation: compile threads warm up, and the manager cancels a compile if no
// frame waits for it any more.
#include "tier_fakes.h"

#include <gtest/gtest.h>

namespace ajit::testing {
namespace {

TEST(LoopTiering, TheFirstTickAsksForAWarmUpAtTheTierThatTheLoopWillHave) {
  for (const auto& [size, tier] : {std::pair(FunctionSize{.instructions = 100}, Tier::O3),
                                   std::pair(FunctionSize{.instructions = 100, .callees = 1}, Tier::O1)}) {
    FakeProgram program(by_hand());
    program.install_first_with_loops(fib, 2, size);
    program.call(fib);
    EXPECT_TRUE(program.compiler.warm_ups().empty());
    program.tick(fib, 0, Tier::O0);
    program.compiler.wait_warm_ups(1);
    program.tick(fib, 1, Tier::O0);
    program.tick(fib, 0, Tier::O0);
    program.settle();
    EXPECT_EQ(program.compiler.warm_ups(), std::vector<Tier>{tier});
    EXPECT_TRUE(program.compiler.continuations().empty());
  }
}

TEST(LoopTiering, AWarmUpEndsWhenALoopIsDueAndWhenTheProgramForksOrEnds) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 2);
  program.call(fib);
  program.compiler.hold(); // until another request needs the thread
  program.tick(fib, 0, Tier::O0);
  program.compiler.wait_warm_ups(1);
  program.tick(fib, 0, Tier::O0);
  program.tick(fib, 0, Tier::O0);
  program.compiler.wait_continuations(1);
  program.compiler.release();

  FakeProgram forks(by_hand()), ends(by_hand());
  for (FakeProgram* other : {&forks, &ends}) {
    other->install_first_with_loops(fib, 2);
    other->call(fib);
    other->compiler.hold();
    other->tick(fib, 0, Tier::O0);
    other->compiler.wait_warm_ups(1);
  }
  forks.manager->park();
  forks.manager->unpark();
  ends.manager->stop();
}

TEST(LoopTiering, ACompileForALoopThatIsOverGivesWayToTheNext) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 2);
  program.call(fib);
  program.compiler.hold();
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  program.compiler.wait_continuations(1);
  // That compile would run until it is released, but the loop has ended and the next one begins.
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 1, Tier::O0);
  program.compiler.wait_continuations(2);
  EXPECT_EQ(loop_of(program, fib, 0).status.state, LoopState::idle);
  EXPECT_EQ(loop_of(program, fib, 1).status.state, LoopState::compiling);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.turn(fib, 1, Tier::O0), Tier::O3);
  EXPECT_EQ(program.manager->stats().dropped, 1u);
  EXPECT_EQ(program.manager->stats().failed_continuations, 0u);
  EXPECT_EQ(program.manager->stats().continuations, 1u);
  // The loop may request it again.
  program.tick(fib, 0, Tier::O0);
  program.settle();
  EXPECT_EQ(program.compiler.continuations(),
            (std::vector<Continuation>{{fib, 0, Tier::O3}, {fib, 1, Tier::O3}, {fib, 0, Tier::O3}}));
  EXPECT_EQ(program.turn(fib, 0, Tier::O0), Tier::O3);
}

TEST(LoopTiering, ACompileForALoopThatStillTurnsOrHasGivenWayOnceGoesOn) {
  FakeProgram program(by_hand());
  program.install_first_with_loops(fib, 3);
  program.call(fib);
  program.compiler.hold();
  for (int i = 0; i != 3; ++i)
    program.tick(fib, 0, Tier::O0);
  program.compiler.wait_continuations(1);
  for (int i = 0; i != 4; ++i) // two threads
    for (uint32_t loop : {0, 1})
      program.tick(fib, loop, Tier::O0);
  EXPECT_EQ(loop_of(program, fib, 0).status.state, LoopState::compiling);
  EXPECT_EQ(program.manager->stats().dropped, 0u);
  for (int i = 0; i != 2; ++i)
    program.tick(fib, 1, Tier::O0);
  program.compiler.wait_continuations(2); // the first has given way
  program.tick(fib, 0, Tier::O0);         // asks again
  for (int i = 0; i != 4; ++i)
    program.tick(fib, 0, Tier::O0);
  program.compiler.wait_continuations(3); // and the second has given way to it
  for (int i = 0; i != 4; ++i)
    program.tick(fib, 2, Tier::O0);
  EXPECT_EQ(loop_of(program, fib, 0).status.state, LoopState::compiling);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.compiler.continuations().at(2), (Continuation{fib, 0, Tier::O3}));
  EXPECT_EQ(program.manager->stats().dropped, 2u);
}

} // namespace
} // namespace ajit::testing
