// The state machine with compile threads.
#include "tier_fakes.h"

#include <chrono>
#include <gtest/gtest.h>

namespace ajit::testing {
namespace {

TierOptions background(unsigned threads = 1) { return {.compile_threads = threads}; }

std::vector<Action> actions_of(FakeProgram& program, FunctionId id) {
  std::vector<Action> actions;
  for (const DecisionRecord& record : program.manager->decisions())
    if (record.id == id) actions.push_back(record.action);
  return actions;
}

TEST(TierManager, TakesAFunctionThroughAllTiers) {
  FakeProgram program(background());
  program.install_first(fib);
  std::vector<uint64_t> asked_at;
  for (uint64_t calls : {100, 900, 9000}) {
    program.calls(fib, calls);
    program.settle();
  }
  for (const DecisionRecord& record : program.manager->decisions())
    if (record.action == Action::enqueue) asked_at.push_back(record.calls);
  EXPECT_EQ(asked_at, (std::vector<uint64_t>{100, 1000, 10000}));
  EXPECT_EQ(program.call(fib), Tier::O3);
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{fib, Tier::O1}, {fib, Tier::O2}, {fib, Tier::O3}}));
  EXPECT_EQ(program.manager->stats().compiled, 3u);
  EXPECT_EQ(program.manager->stats().crossings, 3u);
}

TEST(TierManager, TheCrossingThreadDoesNotWaitForTheCompile) {
  FakeProgram program(background());
  program.install_first(fib);
  program.compiler.hold();
  EXPECT_EQ(program.calls(fib, 500), Tier::O0);
  program.compiler.wait_begun(1);
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::compiling);
  EXPECT_EQ(program.calls(fib, 300), Tier::O0);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
}

TEST(TierManager, AnOvertakenRequestCompilesTheTierDueNow) {
  FakeProgram program(background());
  program.install_first(fib);
  program.install_first(other);
  program.compiler.hold();
  program.calls(other, 100); // keeps the worker busy
  program.compiler.wait_begun(1);
  program.calls(fib, 100);
  EXPECT_EQ(program.manager->profile(fib).status.target, Tier::O1);
  program.calls(fib, 900);
  EXPECT_EQ(program.manager->profile(fib).status.target, Tier::O2);
  EXPECT_EQ(program.manager->stats().queue_length, 1u); // the requests have merged
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{other, Tier::O1}, {fib, Tier::O2}}));
  EXPECT_EQ(actions_of(program, fib), (std::vector{Action::enqueue, Action::raise, Action::compile, Action::install}));
}

TEST(TierManager, FunctionsThatWaitAreCompiledTogether) {
  TierOptions options = background();
  options.cold_after = std::chrono::seconds(60); // however slow the machine is
  FakeProgram program(options);
  const FunctionId third{2}, rare{3};
  for (FunctionId id : {fib, other, third, rare})
    program.install_first(id);
  program.compiler.hold();
  program.calls(other, 100); // keeps the worker busy
  program.compiler.wait_begun(1);
  program.calls(fib, 100);
  program.calls(third, 150);
  program.calls(rare, 99);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.compiler.units(), (std::vector<std::vector<FunctionId>>{{other}, {third, fib}}));
  EXPECT_EQ(actions_of(program, fib), (std::vector{Action::enqueue, Action::compile, Action::install}));
  EXPECT_EQ(program.call(rare), Tier::O0);

  program.calls(fib, 900);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O2) << "its next request does not merge with the one that was served";
}

TEST(TierManager, CompilesMustPayWhereTheProcessorsAreBusy) {
  FakeProgram program(background(), 4, {}, /*weighs_costs=*/true);
  for (FunctionId id : {fib, other})
    program.install_first(id);
  program.compiler.hold();
  program.calls(other, 100);
  program.compiler.wait_begun(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  program.compiler.release(); // a compile that has had almost no processor time in ten milliseconds
  program.settle();
  program.calls(fib, 300);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O0) << "calls of forty cycles have not cost a millisecond yet";
  EXPECT_EQ(program.compiler.units().size(), 1u);
}

TEST(TierManager, FunctionsAreCompiledOneByOneIfAskedFor) {
  TierOptions options = background();
  options.unit_instructions = 0;
  FakeProgram program(options);
  for (FunctionId id : {fib, other, FunctionId{2}})
    program.install_first(id);
  program.compiler.hold();
  program.calls(other, 100);
  program.compiler.wait_begun(1);
  program.calls(fib, 100);
  program.calls(FunctionId{2}, 150);
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.compiler.units().size(), 3u);
}

TEST(TierManager, WhatBecomesDueDuringACompileIsQueuedWhenItEnds) {
  FakeProgram program(background());
  program.install_first(fib);
  program.compiler.hold();
  program.calls(fib, 100);
  program.compiler.wait_begun(1);
  program.calls(fib, 900);
  program.compiler.release();
  program.compiler.wait_begun(2);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O2);
}

TEST(TierManager, DropsWhatHasGoneColdAndTakesItUpAgain) {
  TierOptions options = background();
  options.cold_after = std::chrono::milliseconds(0);
  FakeProgram program(options);
  for (FunctionId id : {fib, other, FunctionId{2}})
    program.install_first(id);
  program.compiler.hold();
  program.calls(other, 100);
  program.compiler.wait_begun(1);
  program.calls(fib, 100);           // then never again …
  program.calls(FunctionId{2}, 100); // … while this one
  program.compiler.release();
  program.settle();
  EXPECT_EQ(program.manager->stats().dropped, 1u); // the first of the two to be taken
  program.calls(fib, 60);
  program.calls(FunctionId{2}, 60);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
  EXPECT_EQ(program.call(FunctionId{2}), Tier::O1);
}

TEST(TierManager, AFailedCompileLeavesTheFunctionAtItsTierForGood) {
  FakeProgram program(background());
  program.compiler.fail_at = Tier::O2;
  program.install_first(fib);
  program.calls(fib, 100);
  program.settle();
  program.calls(fib, 1000);
  program.settle();
  EXPECT_EQ(program.calls(fib, 20000), Tier::O1);
  program.settle();
  const ProfileSnapshot profile = program.manager->profile(fib);
  EXPECT_EQ(profile.status.state, FunctionState::failed);
  EXPECT_EQ(profile.status.tier, Tier::O1);
  EXPECT_EQ(profile.status.target, Tier::O2);
  EXPECT_EQ(profile.note, "cannot select");
  EXPECT_EQ(profile.calls, 21100u);
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{fib, Tier::O1}, {fib, Tier::O2}}));
  EXPECT_EQ(program.manager->stats().failed, 1u);
}

TEST(TierManager, APinnedFunctionNeverChangesTier) {
  FakeProgram program(background());
  program.manager->pin(fib, "the address of a label escapes");
  program.install_first(fib);
  EXPECT_EQ(program.calls(fib, 20000), Tier::O0);
  program.settle();
  const ProfileSnapshot profile = program.manager->profile(fib);
  EXPECT_TRUE(profile.status.pinned);
  EXPECT_EQ(profile.note, "the address of a label escapes");
  EXPECT_EQ(profile.calls, 20000u);
  EXPECT_GT(profile.tiers[0].timed_calls, 0u);
  EXPECT_TRUE(program.compiler.compiles().empty());
}

TEST(TierManager, PinningDropsAWaitingRequest) {
  FakeProgram program(background());
  program.install_first(fib);
  program.manager->park();
  program.calls(fib, 100);
  program.manager->pin(fib, "late");
  program.manager->unpark();
  program.settle();
  EXPECT_EQ(actions_of(program, fib), (std::vector{Action::enqueue, Action::drop}));
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::installed);
}

TEST(TierManager, ACompileThatExceedsItsBudgetIsTriedBelow) {
  FakeProgram program(background());
  program.compiler.over_budget_from = Tier::O3;
  program.install_first(fib);
  program.manager->park();
  program.calls(fib, 10000); // O3 is due before a worker takes the request
  program.manager->unpark();
  program.settle();
  const ProfileSnapshot profile = program.manager->profile(fib);
  EXPECT_EQ(profile.status.tier, Tier::O2);
  EXPECT_EQ(profile.status.state, FunctionState::failed);
  EXPECT_EQ(profile.note, "gave up at O3; O2 installed");
  EXPECT_EQ(program.call(fib), Tier::O2);
  program.calls(fib, 50000);
  program.settle();
  EXPECT_EQ(program.compiler.compiles(), (std::vector<Compile>{{fib, Tier::O3}, {fib, Tier::O2}}));
}

TEST(TierManager, AFunctionKeepsItsTierIfNoCompileStaysWithinItsBudget) {
  FakeProgram program(background());
  program.compiler.over_budget_from = Tier::O1;
  program.install_first(fib);
  program.manager->park();
  program.calls(fib, 1000);
  program.manager->unpark();
  program.settle();
  const ProfileSnapshot profile = program.manager->profile(fib);
  EXPECT_EQ(profile.status.tier, Tier::O0);
  EXPECT_EQ(profile.note, "gave up at O2; gave up at O1");
}

TEST(TierManager, AnotherThreadTakesThePlaceOfOneWhoseCompileTakesLong) {
  FakeProgram program(background());
  std::atomic<bool> over{false};
  program.compiler.during_compile = [&](FunctionId id, Tier) {
    if (id != fib) return;
    program.manager->set_aside();
    program.manager->set_aside(); // counts once
    while (!over)
      std::this_thread::yield();
  };
  program.install_first(fib);
  program.install_first(other);
  program.calls(fib, 100);
  program.compiler.wait_begun(1);
  program.calls(other, 100);
  program.compiler.wait_begun(2);
  while (program.call(other) != Tier::O1)
    std::this_thread::yield();
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::compiling);
  over = true;
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
}

TEST(TierManager, SettingAsideConcernsCompileThreadsOnly) {
  FakeProgram program(background());
  program.manager->set_aside();
  program.install_first(fib);
  program.calls(fib, 100);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
}

TEST(TierManager, LoadHoldsBackRequestsUntilTheScaledThreshold) {
  TierOptions options = background();
  options.queue_per_worker = 1;
  FakeProgram program(options, 8);
  program.manager->park(); // nothing is taken
  for (uint32_t index = 0; index < 8; ++index)
    program.install_first(FunctionId{index});
  for (uint32_t index = 2; index < 5; ++index)
    program.calls(FunctionId{index}, 110);
  ASSERT_EQ(program.manager->stats().queue_length, 2u); // one exact, one exact, the third held back
  program.calls(fib, 199);
  EXPECT_EQ(actions_of(program, fib).front(), Action::none);
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::installed);
  program.calls(fib, 20); // the next time it asks
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::queued);
  program.manager->unpark();
}

TEST(TierManager, CompilesAheadOnlyWhatIsStillCold) {
  FakeProgram program(background(), 40);
  std::vector<FunctionId> ids;
  for (uint32_t index = 0; index < 20; ++index)
    ids.push_back(FunctionId{index});
  program.install_first(FunctionId{5});
  program.manager->park();
  program.manager->request_ahead(ids);
  program.install_first(FunctionId{6}); // after it was asked for
  program.manager->unpark();
  program.compiler.wait_batches(2);
  program.settle();
  const auto batches = program.compiler.batches();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].size(), 16u);
  EXPECT_EQ(batches[0].front(), FunctionId{0});
  EXPECT_EQ(batches[1].size(), 2u);
  EXPECT_EQ(program.manager->stats().ahead, 18u);
  EXPECT_EQ(program.manager->stats().withdrawn, 1u);
}

TEST(TierManager, OneRequestAheadFeedsAllThreads) {
  FakeProgram program(background(2), 40);
  std::vector<FunctionId> ids;
  for (uint32_t index = 0; index < 32; ++index)
    ids.push_back(FunctionId{index});
  program.manager->request_ahead(std::vector{FunctionId{39}}); // starts them
  program.compiler.wait_batches(1);
  program.settle();
  program.compiler.hold();
  program.manager->request_ahead(ids);
  program.compiler.wait_batches(3); // both are held in the middle of one
  program.compiler.release();
}

TEST(TierManager, ExplainsEachDecisionToTheSink) {
  TierOptions options = background();
  options.explain = true;
  std::vector<std::string_view> actions;
  FakeProgram program(options, 4, [&](const DecisionRecord& record) { actions.push_back(action_name(record.action)); });
  program.install_first(fib);
  program.calls(fib, 100);
  program.settle();
  EXPECT_EQ(actions, (std::vector<std::string_view>{"enqueue", "compile", "install"}));
}

TEST(TierManager, AfterStopFunctionsStayAtTheirTier) {
  FakeProgram program(background());
  program.install_first(fib);
  program.manager->stop();
  EXPECT_EQ(program.calls(fib, 20000), Tier::O0);
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::installed);
  EXPECT_EQ(program.manager->profile(fib).calls, 20000u);
}

TEST(TierManager, OnlyTheFirstReportOfAFirstBodyCounts) {
  FakeProgram program(background());
  program.manager->on_first_call_installed(fib, Tier::O1);
  program.manager->on_first_call_installed(fib, Tier::O0);
  EXPECT_EQ(program.manager->profile(fib).status.tier, Tier::O1);
}

TEST(TierManager, ATickBeforeTheFirstBodyIsReportedIsNotLost) {
  FakeProgram program(background());
  program.calls(fib, 100); // published, but the report is late
  EXPECT_EQ(program.manager->profile(fib).status.state, FunctionState::cold);
  program.install_first(fib);
  program.calls(fib, 20);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
}

} // namespace
} // namespace ajit::testing
