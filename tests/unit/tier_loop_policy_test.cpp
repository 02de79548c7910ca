// What the policy decides about loops, one row per rule.
#include "tier_policy.h"

#include <gtest/gtest.h>
#include <map>

namespace ajit {
namespace {

constexpr CompileLoad idle{.queue_length = 0, .workers = 2};
constexpr FunctionSize small{.instructions = 100}, large{.instructions = 5000},
    caller{.instructions = 30, .callees = 2};

LoopStatus status(LoopState state, Tier tier = Tier::O0, Tier target = Tier::O0) {
  return {.state = state, .tier = tier, .target = target};
}

LoopFigures in_one_call(uint64_t ticks, FunctionSize size) {
  return {.ticks = ticks, .ticks_in_call = ticks, .size = size};
}

Decision tick(LoopFigures loop, Tier tier, LoopStatus where, CompileLoad load = idle, const TierOptions& options = {}) {
  return decide_at_loop_tick(loop, tier, where, load, options);
}

TEST(LoopPolicy, GoesToTheTierThatPaysAtTheThirdTick) {
  struct Row {
    uint64_t ticks;
    FunctionSize size;
    Tier runs_at;
    Tier has;
    Action action;
    Tier target;
  };
  using enum Tier;
  for (const Row& row :
       {Row{2, small, O0, O0, Action::none, O0}, Row{3, small, O0, O0, Action::enqueue, O3},
        Row{3, small, O2, O0, Action::enqueue, O3},
        Row{3, large, O0, O0, Action::enqueue, O1},                                          // the last tier takes long
        Row{8, large, O0, O1, Action::none, O1},                                             // give O1 a chance
        Row{9, large, O0, O1, Action::enqueue, O3}, Row{3, large, O1, O0, Action::none, O0}, // runs at O1 already
        Row{9, large, O1, O0, Action::enqueue, O3},
        Row{3, caller, O0, O0, Action::enqueue, O1}, // so it does with what may be inlined
        Row{9, caller, O1, O0, Action::enqueue, O3}, Row{1000, small, O0, O3, Action::none, O3}}) {
    const Decision decision = tick(in_one_call(row.ticks, row.size), row.runs_at, status(LoopState::idle, row.has));
    EXPECT_EQ(decision.action, row.action) << row.ticks << " ticks at " << tier_name(row.runs_at);
    EXPECT_EQ(decision.target, row.target) << row.ticks << " ticks at " << tier_name(row.runs_at);
  }
}

TEST(LoopPolicy, TicksOfDifferentCallsAreNoReasonForAContinuationUnlessTheyAreMany) {
  const auto action = [](LoopFigures loop) { return tick(loop, Tier::O0, status(LoopState::idle)).action; };
  EXPECT_EQ(action({.ticks = 23, .ticks_in_call = 2, .size = small}), Action::none);
  EXPECT_EQ(action({.ticks = 24, .ticks_in_call = 2, .size = small}), Action::enqueue);
  EXPECT_EQ(action({.ticks = 5, .ticks_in_call = 3, .size = small}), Action::enqueue);
}

TEST(LoopPolicy, SaysWhyItDoesNothing) {
  const LoopFigures due = in_one_call(9, small);
  EXPECT_EQ(tick(in_one_call(2, small), Tier::O0, status(LoopState::idle)).reason, Reason::below_threshold);
  EXPECT_EQ(tick(in_one_call(2, small), Tier::O0, status(LoopState::idle)).threshold, 3u);
  EXPECT_EQ(tick(in_one_call(8, large), Tier::O1, status(LoopState::idle)).threshold, 9u);
  EXPECT_EQ(tick(due, Tier::O0, status(LoopState::queued, Tier::O0, Tier::O3)).reason, Reason::already_queued);
  EXPECT_EQ(tick(due, Tier::O0, status(LoopState::compiling, Tier::O0, Tier::O3)).reason, Reason::already_compiling);
  EXPECT_EQ(tick(due, Tier::O0, status(LoopState::failed, Tier::O0, Tier::O3)).reason, Reason::failed_before);
  EXPECT_EQ(tick(due, Tier::O0, status(LoopState::idle, Tier::O3)).reason, Reason::at_last_tier);
  EXPECT_EQ(
      tick({.ticks = 9, .ticks_in_call = 9, .size = small, .pinned = true}, Tier::O0, status(LoopState::idle)).reason,
      Reason::pinned);
}

TEST(LoopPolicy, LoopsThatWaitHoldOthersBack) {
  const CompileLoad behind{.queue_length = 48, .workers = 2}; // three times what the workers can handle
  const Decision held = tick(in_one_call(8, small), Tier::O0, status(LoopState::idle), behind);
  EXPECT_EQ(held.reason, Reason::held_by_load);
  EXPECT_EQ(held.threshold, 9u);
  EXPECT_EQ(tick(in_one_call(9, small), Tier::O0, status(LoopState::idle), behind).action, Action::enqueue);
}

TEST(LoopPolicy, TiersThatThresholdsCloseAreClosedToLoops) {
  TierOptions options;
  options.thresholds = {100, 1000, never};
  EXPECT_EQ(earned_tier(1000, small, options), Tier::O2);
  options.thresholds = {100, never, never};
  EXPECT_EQ(earned_tier(1000, large, options), Tier::O1);
  options.thresholds.fill(never);
  EXPECT_EQ(earned_tier(1000, small, options), Tier::O0);
  options.thresholds = {100, 1000, 10000};
  options.max_tier = Tier::O1;
  EXPECT_EQ(earned_tier(1000, small, options), Tier::O1);
}

TEST(LoopPolicy, LoopsTakeTheirFunctionUpIfItIsCalledAgain) {
  using enum FunctionState;
  const auto decide = [](LoopingFunction function, TierStatus where) {
    return decide_for_loops(function, where, idle, {});
  };
  const TierStatus at_o0{.state = installed};
  EXPECT_EQ(decide({.calls = 1, .ticks = 1000, .size = small}, at_o0).reason, Reason::called_once);
  EXPECT_EQ(decide({.calls = 2, .ticks = 2, .size = small}, at_o0).reason, Reason::below_threshold);
  const Decision due = decide({.calls = 2, .ticks = 3, .size = small}, at_o0);
  EXPECT_EQ(due.action, Action::enqueue);
  EXPECT_EQ(due.target, Tier::O3);
  EXPECT_EQ(due.reason, Reason::loops_run);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = large}, at_o0).target, Tier::O1);
  EXPECT_EQ(decide({.calls = 2, .ticks = 9, .size = large}, {.state = installed, .tier = Tier::O1}).target, Tier::O3);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = queued, .target = Tier::O1}).action,
            Action::raise);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = queued, .target = Tier::O3}).reason,
            Reason::already_queued);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = compiling, .target = Tier::O1}).reason,
            Reason::already_compiling);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = failed, .target = Tier::O1}).reason,
            Reason::failed_before);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = installed, .pinned = true}).reason,
            Reason::pinned);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {}).reason, Reason::not_called_yet);
  EXPECT_EQ(decide({.calls = 2, .ticks = 3, .size = small}, {.state = installed, .tier = Tier::O3}).reason,
            Reason::at_last_tier);
}

TEST(LoopPolicy, ATakenRequestCompilesWhatTheTicksEarnNow) {
  const LoopStatus waiting = status(LoopState::queued, Tier::O0, Tier::O1);
  EXPECT_EQ(decide_at_taking({.calls_then = 3, .calls_now = 8}, in_one_call(8, large), waiting, {}).target, Tier::O1);
  const Decision later = decide_at_taking({.calls_then = 3, .calls_now = 9}, in_one_call(9, large), waiting, {});
  EXPECT_EQ(later.target, Tier::O3);
  EXPECT_EQ(later.reason, Reason::overtaken);
}

TEST(LoopPolicy, DropsARequestOfALoopThatHasEnded) {
  const LoopStatus waiting = status(LoopState::queued, Tier::O0, Tier::O3);
  using std::chrono::milliseconds;
  EXPECT_EQ(decide_at_taking({3, 3, milliseconds(50), 1}, in_one_call(3, small), waiting, {}).action, Action::drop);
  EXPECT_EQ(decide_at_taking({3, 4, milliseconds(50), 1}, in_one_call(3, small), waiting, {}).action, Action::compile);
  EXPECT_EQ(decide_at_taking({3, 3, milliseconds(50), 0}, in_one_call(3, small), waiting, {}).action, Action::compile);
}

TEST(LoopPolicy, DrawsAreRepeatableReachEveryTierAndDifferBetweenLoops) {
  TierOptions options;
  options.osr.mode = OsrMode::force;
  options.osr.seed = 7;
  std::map<Tier, int> drawn;
  std::map<uint64_t, int> first_exit;
  for (uint32_t loop = 0; loop != 200; ++loop) {
    uint64_t check = 1;
    for (; !draw_at_check(FunctionId{3}, loop, check, Tier::O0, options); ++check)
      ASSERT_LT(check, 100000u);
    EXPECT_EQ(draw_at_check(FunctionId{3}, loop, check, Tier::O0, options),
              draw_at_check(FunctionId{3}, loop, check, Tier::O0, options));
    ++drawn[*draw_at_check(FunctionId{3}, loop, check, Tier::O0, options)];
    ++first_exit[check];
  }
  EXPECT_FALSE(drawn.contains(Tier::O0));
  for (Tier tier : {Tier::O1, Tier::O2, Tier::O3})
    EXPECT_GT(drawn[tier], 30) << tier_name(tier);
  EXPECT_GT(first_exit[1], 20);                // some leave at once
  EXPECT_GT(first_exit.rbegin()->first, 200u); // some late
  options.osr.seed = 8;
  int same = 0;
  for (uint64_t check = 1; check != 100; ++check)
    same += draw_at_check(FunctionId{3}, 0, check, Tier::O2, options) ==
            draw_at_check(FunctionId{3}, 1, check, Tier::O2, options);
  EXPECT_LT(same, 100);
}

TEST(LoopPolicy, ALoopThatIsOverGivesWayOnceJustBeforeTheOtherIsDue) {
  TierOptions options;
  auto gives = [&](uint32_t idle_rounds, bool has_given_way = false) {
    return gives_way({.age = 4, .idle_rounds = idle_rounds, .has_given_way = has_given_way, .size = {}}, options);
  };
  EXPECT_FALSE(gives(0));
  EXPECT_FALSE(gives(1)); // the strike may have come between the two loops
  EXPECT_TRUE(gives(2));
  EXPECT_FALSE(gives(100, /*has_given_way=*/true));
  options.osr.ticks = 2;
  EXPECT_FALSE(gives(0));
  EXPECT_TRUE(gives(1));
  options.osr.ticks = 10;
  EXPECT_FALSE(gives(8));
  EXPECT_TRUE(gives(9));
}

TEST(LoopPolicy, ACompileThatIsNearlyDoneDoesNotGiveWay) {
  TierOptions options;
  EXPECT_TRUE(gives_way({.age = 11, .idle_rounds = 3, .size = {}}, options));
  EXPECT_FALSE(gives_way({.age = 12, .idle_rounds = 3, .size = {}}, options));
  EXPECT_TRUE(gives_way({.age = 35, .idle_rounds = 3, .size = large}, options));
  EXPECT_FALSE(gives_way({.age = 36, .idle_rounds = 3, .size = large}, options));
}

TEST(LoopPolicy, NamesWhatIsWrongWithOptions) {
  TierOptions options;
  options.osr.seed = 1;
  EXPECT_EQ(problem_with(options), "a seed (--osr-seed) requires forced on-stack replacement (--osr=force)");
  options.osr.mode = OsrMode::force;
  EXPECT_EQ(problem_with(options), "");
  options.osr.ticks = 0;
  EXPECT_EQ(problem_with(options), "the number of ticks (--osr-ticks) must be at least 1");
  options.osr = {};
  options.osr.interval = std::chrono::microseconds(10);
  EXPECT_EQ(problem_with(options), "the interval of ticks must be at least 50 microseconds");
}

TEST(LoopPolicy, DescribesADecisionAboutALoopInOneLine) {
  DecisionRecord record{.time_ms = 12.345,
                        .calls = 3,
                        .threshold = 3,
                        .loop = 2,
                        .line = 42,
                        .target = Tier::O3,
                        .action = Action::enqueue,
                        .reason = Reason::loop_runs};
  EXPECT_EQ(describe(record, "main"), "    12.345 ms  main: loop at line 42 (#2): enqueue O0 -> O3 at 3 ticks: "
                                      "the loop keeps running (threshold 3), 0 waiting");
  record.line = 0;
  EXPECT_NE(describe(record, "main").find("main: loop #2: enqueue"), std::string::npos);
}

} // namespace
} // namespace ajit
