// What the policy decides, one row per rule.
#include "tier_policy.h"

#include <array>
#include <gtest/gtest.h>
#include <tuple>
#include <vector>

namespace ajit {
namespace {

using enum FunctionState;

constexpr CompileLoad idle{.queue_length = 0, .workers = 2};

TierStatus status(FunctionState state, Tier tier, Tier target = Tier::O0) {
  return {.state = state, .tier = tier, .target = target};
}

Decision tick(uint64_t calls, const TierStatus& where, CompileLoad load = idle, const TierOptions& options = {}) {
  return decide_at_tick(calls, where, load, options);
}

TEST(TierPolicy, EnqueuesAtExactlyTheThreshold) {
  struct Row {
    uint64_t calls;
    Tier tier;
    Action action;
    Tier target;
  };
  for (const Row& row : {Row{99, Tier::O0, Action::none, Tier::O0}, Row{100, Tier::O0, Action::enqueue, Tier::O1},
                         Row{999, Tier::O1, Action::none, Tier::O1}, Row{1000, Tier::O1, Action::enqueue, Tier::O2},
                         Row{9999, Tier::O2, Action::none, Tier::O2}, Row{10000, Tier::O2, Action::enqueue, Tier::O3},
                         Row{1000, Tier::O0, Action::enqueue, Tier::O2}, // a tier may be skipped
                         Row{1u << 30, Tier::O3, Action::none, Tier::O3}}) {
    const Decision decision = tick(row.calls, status(installed, row.tier));
    EXPECT_EQ(decision.action, row.action) << row.calls;
    EXPECT_EQ(decision.target, row.target) << row.calls;
  }
}

TEST(TierPolicy, SaysWhyItDoesNothing) {
  TierStatus pinned = status(installed, Tier::O0);
  pinned.pinned = true;
  EXPECT_EQ(tick(5, status(installed, Tier::O0)).reason, Reason::below_threshold);
  EXPECT_EQ(tick(5, status(installed, Tier::O0)).threshold, 100u);
  EXPECT_EQ(tick(500, status(cold, Tier::O0)).reason, Reason::not_called_yet);
  EXPECT_EQ(tick(500, pinned).reason, Reason::pinned);
  EXPECT_EQ(tick(500, status(failed, Tier::O0, Tier::O1)).reason, Reason::failed_before);
  EXPECT_EQ(tick(500, status(queued, Tier::O0, Tier::O1)).reason, Reason::already_queued);
  EXPECT_EQ(tick(500, status(compiling, Tier::O0, Tier::O1)).reason, Reason::already_compiling);
  EXPECT_EQ(tick(50000, status(installed, Tier::O3)).reason, Reason::at_last_tier);
}

TEST(TierPolicy, TakesAlongWhatWaitsAndFromO2OnWhatMaySoonBeDue) {
  struct Row {
    TierStatus status;
    uint64_t calls;
    Tier target;
    bool comes_along;
  };
  TierStatus pinned = status(queued, Tier::O0, Tier::O1);
  pinned.pinned = true;
  for (const Row& row :
       {Row{status(queued, Tier::O0, Tier::O1), 100, Tier::O1, true},
        Row{status(queued, Tier::O0, Tier::O1), 100, Tier::O3, true},
        Row{status(installed, Tier::O0), 99, Tier::O1, false}, Row{status(installed, Tier::O0), 249, Tier::O2, false},
        Row{status(installed, Tier::O0), 250, Tier::O2, true}, Row{status(installed, Tier::O1), 2499, Tier::O3, false},
        Row{status(installed, Tier::O1), 2500, Tier::O3, true},
        Row{status(queued, Tier::O2, Tier::O3), 10000, Tier::O2, false},
        Row{status(compiling, Tier::O0, Tier::O1), 5000, Tier::O2, false},
        Row{status(failed, Tier::O0, Tier::O1), 5000, Tier::O2, false}, Row{status(cold, Tier::O0), 0, Tier::O2, false},
        Row{pinned, 5000, Tier::O2, false}})
    EXPECT_EQ(may_accompany({.status = row.status, .calls = row.calls}, row.target, {}), row.comes_along)
        << state_name(row.status.state) << " at " << row.calls;
}

TEST(TierPolicy, TakesTheHottestThatFit) {
  std::vector<Companion> companions;
  for (auto [id, instructions, heat] : {std::tuple{1U, 1000U, 1.0}, {2U, 1400U, 3.0}, {3U, 500U, 2.0}, {4U, 100U, 0.5}})
    companions.push_back({.id = FunctionId{id}, .status = {}, .instructions = instructions, .heat = heat});
  choose_companions(companions, 600, {.unit_instructions = 2600});
  ASSERT_EQ(companions.size(), 3u);
  EXPECT_EQ(companions[0].id, FunctionId{2});
  EXPECT_EQ(companions[1].id, FunctionId{3});
  EXPECT_EQ(companions[2].id, FunctionId{4});
}

TEST(TierPolicy, RaisesARequestThatIsOvertaken) {
  const Decision raised = tick(1000, status(queued, Tier::O0, Tier::O1));
  EXPECT_EQ(raised.action, Action::raise);
  EXPECT_EQ(raised.target, Tier::O2);
  EXPECT_EQ(raised.reason, Reason::overtaken);
  EXPECT_EQ(tick(1000, status(compiling, Tier::O0, Tier::O1)).action, Action::none);
}

TEST(TierPolicy, StaysBetweenTheFirstAndTheLastTier) {
  TierOptions options;
  options.min_tier = Tier::O1;
  options.max_tier = Tier::O2;
  EXPECT_EQ(due_tier(100, Tier::O1, options), Tier::O1);
  EXPECT_EQ(due_tier(1000000, Tier::O1, options), Tier::O2);
  EXPECT_EQ(tick(1000000, status(installed, Tier::O2), idle, options).reason, Reason::at_last_tier);
  EXPECT_FALSE(is_hot(999, options));
  EXPECT_TRUE(is_hot(1000, options));
}

TEST(TierPolicy, EqualThresholdsSkipTiers) {
  TierOptions options;
  options.thresholds = {1, 1, 1};
  EXPECT_EQ(tick(1, status(installed, Tier::O0), idle, options).target, Tier::O3);
}

TEST(TierPolicy, LoadRaisesThresholdsOnlyWhenWorkersAreBehind) {
  const TierOptions options; // 8 per worker
  EXPECT_EQ(threshold_scale({.queue_length = 16, .workers = 2}, options), 1.0);
  EXPECT_EQ(threshold_scale({.queue_length = 48, .workers = 2}, options), 3.0);

  const CompileLoad behind{.queue_length = 48, .workers = 2};
  const Decision held = tick(299, status(installed, Tier::O0), behind);
  EXPECT_EQ(held.action, Action::none);
  EXPECT_EQ(held.reason, Reason::held_by_load);
  EXPECT_EQ(held.threshold, 300u);
  EXPECT_EQ(tick(300, status(installed, Tier::O0), behind).action, Action::enqueue);
  // Load decides whether to enqueue a request. It affects neither the request's tier nor the raising of a queued one.
  EXPECT_EQ(tick(1000, status(installed, Tier::O0), behind).target, Tier::O2);
  EXPECT_EQ(tick(1000, status(queued, Tier::O0, Tier::O1), behind).action, Action::raise);
}

TEST(TierPolicy, WhereProcessorsAreBusyACompileMustPay) {
  const Decision enqueue = tick(100, status(installed, Tier::O0));
  EXPECT_EQ(weigh(enqueue, {.spent_ms = 3, .cost_ms = 3}), enqueue);
  const Decision held = weigh(enqueue, {.spent_ms = 2.9, .cost_ms = 3});
  EXPECT_EQ(held.action, Action::none);
  EXPECT_EQ(held.reason, Reason::held_by_cost);

  const Decision taken =
      decide_at_taking({.calls_then = 100, .calls_now = 100}, status(queued, Tier::O0, Tier::O1), {});
  EXPECT_EQ(weigh(taken, {.spent_ms = 2.9, .cost_ms = 3}).action, Action::drop) << "a later tick asks again";

  const Decision nothing = tick(99, status(installed, Tier::O0));
  EXPECT_EQ(weigh(nothing, {.spent_ms = 0, .cost_ms = 3}), nothing);
}

TEST(TierPolicy, LoadScalesNothingInSynchronousMode) {
  TierOptions options;
  options.sync = true;
  EXPECT_EQ(threshold_scale({.queue_length = 1000, .workers = 0}, options), 1.0);
}

TEST(TierPolicy, ATakenRequestCompilesTheTierDueNow) {
  const TierOptions options;
  const TierStatus waiting = status(queued, Tier::O0, Tier::O1);
  const Decision as_asked = decide_at_taking({.calls_then = 100, .calls_now = 700}, waiting, options);
  EXPECT_EQ(as_asked.action, Action::compile);
  EXPECT_EQ(as_asked.target, Tier::O1);
  EXPECT_EQ(as_asked.reason, Reason::threshold_crossed);

  const Decision later = decide_at_taking({.calls_then = 100, .calls_now = 20000}, waiting, options);
  EXPECT_EQ(later.target, Tier::O3);
  EXPECT_EQ(later.reason, Reason::overtaken);

  const TierStatus for_loops = status(queued, Tier::O0, Tier::O3);
  EXPECT_EQ(decide_at_taking({.calls_then = 6, .calls_now = 6}, for_loops, options).reason, Reason::loops_run);
  EXPECT_EQ(decide_at_taking({.calls_then = 6, .calls_now = 6}, for_loops, options).target, Tier::O3);
}

TEST(TierPolicy, DropsARequestThatHasGoneColdWhileOthersWait) {
  const TierOptions options;
  const TierStatus waiting = status(queued, Tier::O0, Tier::O1);
  const auto at_taking = [&](WaitingRequest request) { return decide_at_taking(request, waiting, options).action; };
  using std::chrono::milliseconds;
  EXPECT_EQ(at_taking({100, 100, milliseconds(50), 1}), Action::drop);
  EXPECT_EQ(at_taking({100, 100, milliseconds(49), 1}), Action::compile); // not long enough
  EXPECT_EQ(at_taking({100, 101, milliseconds(50), 1}), Action::compile); // still called
  EXPECT_EQ(at_taking({100, 100, milliseconds(50), 0}), Action::compile); // nothing better to do
}

TEST(TierPolicy, DropsARequestOfAPinnedFunction) {
  TierStatus pinned = status(queued, Tier::O0, Tier::O1);
  pinned.pinned = true;
  const Decision decision = decide_at_taking({.calls_then = 100, .calls_now = 200}, pinned, {});
  EXPECT_EQ(decision.action, Action::drop);
  EXPECT_EQ(decision.reason, Reason::pinned);
}

TEST(TierPolicy, HeatGrowsWithRateAndCalls) {
  EXPECT_GT(heat(1000, 0, 1.0), heat(1000, 0, 100.0));     // the same calls in less time
  EXPECT_GT(heat(10000, 9000, 10.0), heat(1000, 0, 10.0)); // the same rate, more calls
  EXPECT_GT(heat(40, 0, 10.0, 1000), heat(400, 0, 10.0));  // few calls, but long loops
  EXPECT_EQ(heat(100, 0, 0.0), heat(100, 0, 1.0));         // no rate out of an instant
  EXPECT_EQ(heat(99, 100, 1.0), 100.0);                    // counts lost in a race are no negative rate
}

TEST(TierPolicy, LoopsHaveChecksBelowTheLastTier) {
  struct Row {
    OsrMode mode;
    Tier last;
    std::array<bool, tier_count> polls; ///< by tier
  };
  for (const Row& row :
       {Row{OsrMode::on, Tier::O3, {true, true, true, false}}, Row{OsrMode::force, Tier::O3, {true, true, true, false}},
        Row{OsrMode::off, Tier::O3, {false, false, false, false}},
        // The highest enabled tier has none.
        Row{OsrMode::on, Tier::O1, {true, false, false, false}},
        Row{OsrMode::force, Tier::O2, {true, true, false, false}},
        Row{OsrMode::force, Tier::O0, {false, false, false, false}}}) {
    TierOptions options{.max_tier = row.last};
    options.osr.mode = row.mode;
    for (Tier tier : all_tiers)
      EXPECT_EQ(options.polls_loops(tier), row.polls[tier_index(tier)])
          << "mode " << static_cast<int>(row.mode) << ", last " << tier_name(row.last) << ", at " << tier_name(tier);
  }
}

TEST(TierPolicy, NamesWhatIsWrongWithOptions) {
  EXPECT_EQ(problem_with({}), "");
  EXPECT_EQ(problem_with({.thresholds = {0, 1, 2}}), "a tier threshold must be at least 1");
  EXPECT_EQ(problem_with({.thresholds = {5, 4, 9}}), "tier thresholds must not decrease");
  EXPECT_EQ(problem_with({.min_tier = Tier::O2, .max_tier = Tier::O1}), "the first tier is above the last");
  EXPECT_EQ(problem_with({.compile_threads = 0}), "background compiles need at least one compile thread");
}

TEST(TierPolicy, DescribesADecisionInOneLine) {
  const DecisionRecord record{.time_ms = 12.345,
                              .calls = 100,
                              .threshold = 100,
                              .queue_length = 3,
                              .tier = Tier::O0,
                              .target = Tier::O1,
                              .action = Action::enqueue,
                              .reason = Reason::threshold_crossed};
  EXPECT_EQ(describe(record, "fib"),
            "    12.345 ms  fib: enqueue O0 -> O1 at 100 calls: threshold crossed (threshold 100), 3 waiting");
}

} // namespace
} // namespace ajit
