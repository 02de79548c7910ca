//===- jit_osr_test.cpp - Running loops through the public interface ---------------------------------------------===//
#include "jit.h"

#include <atomic>
#include <barrier>
#include <cerrno>
#include <cfenv>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit {
namespace {

using namespace std::chrono_literals;

/// A function that sums the numbers up to its argument, and runs `each_round` with each number %i.
std::string summing(const std::string& name, const std::string& each_round) {
  return "define i64 @" + name + R"((i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i64 [ 0, %entry ], [ %more, %loop ]
)" + each_round +
         R"(
  %next = add i64 %i, 1
  %more = add i64 %sum, %i
  %go = icmp slt i64 %next, %n
  br i1 %go, label %loop, label %done
done:
  ret i64 %more
}
)";
}

/// A function that runs `at_entry` and then counts rounds until @stop is set.
std::string spinning(const std::string& name, const std::string& at_entry) {
  return "define i64 @" + name + R"(() {
entry:
  )" + at_entry +
         R"(
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %next = add i64 %i, 1
  %over = load volatile i32, ptr @stop
  %go = icmp eq i32 %over, 0
  br i1 %go, label %loop, label %done
done:
  ret i64 %next
}
)";
}

/// spin() counts rounds; tell_and_spin() first calls the host. count(n) sums the numbers up to n; ask(n) also passes
/// each number to the host.
std::string loops() {
  return "@stop = global i32 0\ndeclare void @tell(i64)\n" + spinning("spin", "") +
         spinning("tell_and_spin", "call void @tell(i64 0)") + summing("count", "") +
         summing("ask", "call void @tell(i64 %i)");
}

std::atomic<void (*)(long)> on_tell{nullptr};
void tell(long number) {
  if (auto* told = on_tell.load()) told(number);
}

std::unique_ptr<Jit> jit_with_loops(const Options& options) {
  auto jit = Jit::create(options);
  EXPECT_TRUE(jit) << jit.error();
  (*jit)->define_symbol("tell", reinterpret_cast<void*>(&tell));
  auto added = (*jit)->add_module(loops(), "loops.ll");
  EXPECT_TRUE(added) << added.error();
  return std::move(*jit);
}

LoopSnapshot loop_of(const Jit& jit, std::string_view name) {
  for (const ProfileSnapshot& function : jit.stats().functions)
    if (function.name == name && !function.loops.empty()) return function.loops.front();
  return {};
}

Options forced() {
  Options options;
  options.tiers.osr.mode = OsrMode::force;
  return options;
}

/// Sets @stop once `enough()` holds; after a minute it sets @stop and fails the test.
template <typename Enough> void stop_when(Jit& jit, Enough enough) {
  auto* stop = static_cast<int*>(*jit.lookup_address("stop"));
  bool in_time = false;
  for (int i = 0; i != 60000 && !in_time; ++i) {
    std::this_thread::sleep_for(1ms);
    in_time = enough();
  }
  EXPECT_TRUE(in_time);
  __atomic_store_n(stop, 1, __ATOMIC_RELAXED);
}

TEST(JitOsr, AFunctionThatIsCalledOnceReachesTheLastTierInMidLoop) {
  auto jit = jit_with_loops({});
  auto spin = jit->lookup<long()>("spin");
  ASSERT_TRUE(spin);
  std::jthread program([&] { EXPECT_GT((**spin)(), 0); });
  stop_when(*jit, [&] { return loop_of(*jit, "spin").tiers[3].entered == 1; });
  program.join();
  EXPECT_GE(loop_of(*jit, "spin").ticks, 3u);
  for (const ProfileSnapshot& function : jit->stats().functions)
    if (function.name == "spin") EXPECT_EQ(function.status.tier, Tier::O0);
}

TEST(JitOsr, AFrameOfABodyAtO2GoesOnAtTheLastTierInMidLoop) {
  // spin() reaches O2 by its calls, and then one call stays in the loop. The requesting thread compiles: on a busy
  // machine the program could make many calls, each with a tick, while a worker compiles.
  Options options;
  options.tiers.sync = true;
  options.tiers.thresholds = {5, 10, 1000000000};
  auto jit = jit_with_loops(options);
  auto spin = jit->lookup<long()>("spin");
  ASSERT_TRUE(spin);
  auto* stop = static_cast<int*>(*jit->lookup_address("stop"));
  __atomic_store_n(stop, 1, __ATOMIC_RELAXED);
  auto tier = [&] {
    for (const ProfileSnapshot& function : jit->stats().functions)
      if (function.name == "spin") return function.status.tier;
    return Tier::O0;
  };
  for (int i = 0; i != 10; ++i)
    EXPECT_EQ((**spin)(), 1);
  ASSERT_EQ(tier(), Tier::O2);
  ASSERT_EQ(loop_of(*jit, "spin").tiers[3].entered, 0u);
  __atomic_store_n(stop, 0, __ATOMIC_RELAXED);
  std::jthread program([&] { EXPECT_GT((**spin)(), 1); });
  stop_when(*jit, [&] { return loop_of(*jit, "spin").tiers[3].entered == 1; });
  program.join();
}

TEST(JitOsr, ThreadsInOneLoopShareItsContinuation) {
  // All threads are in the first body before the first tick. After a few ticks the whole function changes tier, and a
  // thread that called it only then would not need a continuation.
  static std::barrier all_called{5};
  on_tell = [](long) { all_called.arrive_and_wait(); };
  auto jit = jit_with_loops({});
  auto spin = jit->lookup<long()>("tell_and_spin");
  ASSERT_TRUE(spin);
  std::vector<std::jthread> threads;
  for (int i = 0; i != 5; ++i)
    threads.emplace_back([&] { EXPECT_GT((**spin)(), 0); });
  stop_when(*jit, [&] { return loop_of(*jit, "tell_and_spin").tiers[3].entered == 5; });
  threads.clear();
  on_tell = nullptr;
  EXPECT_EQ(jit->stats().tiers.continuations, 1u);
}

TEST(JitOsr, SwitchedOffALoopStaysWhereItIs) {
  Options options;
  options.tiers.osr.mode = OsrMode::off;
  auto jit = jit_with_loops(options);
  auto count = jit->lookup<long(long)>("count");
  ASSERT_TRUE(count);
  EXPECT_EQ((**count)(50'000'000), 50'000'000L * 49'999'999 / 2);
  EXPECT_EQ(jit->stats().tiers.loop_ticks, 0u);
  EXPECT_EQ(loop_of(*jit, "count").ticks, 0u);
}

TEST(JitOsr, InSynchronousModeTheSameCheckLeavesTheLoopInEveryRun) {
  Options options;
  options.tiers.sync = true;
  for (int run = 0; run != 2; ++run) {
    auto jit = jit_with_loops(options);
    auto count = jit->lookup<long(long)>("count");
    ASSERT_TRUE(count);
    const auto due = static_cast<long>(options.tiers.osr.ticks * checks_per_tick);
    (**count)(due - 1);
    EXPECT_EQ(loop_of(*jit, "count").entered(), 0u);
    EXPECT_EQ(loop_of(*jit, "count").ticks, options.tiers.osr.ticks - 1);
    (**count)(1);
    EXPECT_EQ(jit->stats().tiers.loop_ticks, options.tiers.osr.ticks);
  }
}

TEST(JitOsr, ForcedALoopIsLeftAtItsFirstCheck) {
  auto jit = jit_with_loops(forced());
  auto count = jit->lookup<long(long)>("count");
  ASSERT_TRUE(count);
  for (long n : {1, 2, 1000})
    EXPECT_EQ((**count)(n), n * (n - 1) / 2);
  EXPECT_EQ(loop_of(*jit, "count").tiers[3].entered, 3u);
  EXPECT_EQ(jit->stats().tiers.continuations, 1u);
}

TEST(JitOsr, WithASeedFramesGoByAllTiers) {
  uint64_t entered[tier_count] = {};
  for (uint64_t seed = 0; seed != 12; ++seed) {
    Options options = forced();
    options.tiers.osr.seed = seed;
    auto jit = jit_with_loops(options);
    auto count = jit->lookup<long(long)>("count");
    ASSERT_TRUE(count);
    EXPECT_EQ((**count)(20000), 20000L * 19999 / 2) << "seed " << seed;
    for (Tier tier : all_tiers)
      entered[tier_index(tier)] += loop_of(*jit, "count").tiers[tier_index(tier)].entered;
  }
  EXPECT_EQ(entered[0], 0u);
  for (Tier tier : {Tier::O1, Tier::O2, Tier::O3})
    EXPECT_GT(entered[tier_index(tier)], 0u) << tier_name(tier);
}

TEST(JitOsr, ACheckKeepsErrnoAndTheRoundingMode) {
  auto jit = jit_with_loops(forced());
  auto count = jit->lookup<long(long)>("count");
  ASSERT_TRUE(count);
  std::fesetround(FE_UPWARD);
  feenableexcept(FE_DIVBYZERO | FE_INEXACT);
  errno = 77;
  EXPECT_EQ((**count)(1000), 1000 * 999 / 2);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  EXPECT_EQ(fegetexcept(), FE_DIVBYZERO | FE_INEXACT);
  std::fesetenv(FE_DFL_ENV);
  EXPECT_EQ(loop_of(*jit, "count").entered(), 1u);
}

TEST(JitOsr, BacktracesNameContinuations) {
  auto jit = jit_with_loops(forced());
  auto ask = jit->lookup<long(long)>("ask");
  ASSERT_TRUE(ask);
  static int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  on_tell = [](long number) {
    if (number == 5) write_backtrace(pipe_ends[1]);
  };
  EXPECT_EQ((**ask)(10), 45);
  on_tell = nullptr;
  close(pipe_ends[1]);
  std::string text(8000, ' ');
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, read(pipe_ends[0], text.data(), text.size()))));
  close(pipe_ends[0]);
  EXPECT_NE(text.find(" ask [O3 loop 0] + "), std::string::npos) << text;
  EXPECT_NE(text.find(" ask [O0] + "), std::string::npos) << text; // the frame that was left
}

TEST(JitOsr, ContinuationsAreDumpedAndReported) {
  Options options = forced();
  options.dump.directory = testing::TempDir() + "ajit-osr-dump-" + std::to_string(getpid());
  options.dump.assembly = true;
  auto jit = jit_with_loops(options);
  auto count = jit->lookup<long(long)>("count");
  ASSERT_TRUE(count);
  (**count)(10);
  jit->finish_dumps();
  for (const char* file : {"count/O0.ll", "count/O3-loop0.ll", "count/O3-loop0.s"})
    EXPECT_TRUE(std::ifstream(options.dump.directory + "/" + file).good()) << file;
  std::ifstream index(options.dump.directory + "/index.tsv");
  const std::string rows((std::istreambuf_iterator<char>(index)), {});
  EXPECT_NE(rows.find("count\tO3-loop0\t"), std::string::npos) << rows;
  const Stats stats = jit->stats();
  EXPECT_NE(stats_table(stats, false).find("O3 1 ("), std::string::npos) << stats_table(stats, false);
  EXPECT_NE(stats_json(stats).find("\"entered\": 1"), std::string::npos);
  EXPECT_EQ(stats.times[3].continuations, 1u);
}

TEST(JitOsr, AForkedChildFindsItsOwnLoops) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer does not allow threads in a forked child";
#endif
  auto jit = jit_with_loops({});
  auto spin = jit->lookup<long()>("spin");
  ASSERT_TRUE(spin);
  Jit* the_jit = jit.get();
  auto in_a_loop = [&] {
    std::jthread program([&] { (**spin)(); });
    stop_when(*the_jit, [&] { return loop_of(*the_jit, "spin").tiers[3].entered != 0; });
    return loop_of(*the_jit, "spin").tiers[3].entered == 1;
  };
  (*jit->lookup<long(long)>("count"))(10); // a body with checks: there is a clock
  pid_t child = fork();
  if (child == 0) _exit(in_a_loop() ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(in_a_loop());
}

} // namespace
} // namespace ajit
