//===- loop_stress_test.cpp - Threads leave loops while everything around them is swapped -------------------------===//
//
// Threads run functions with loops, among them nested and recursive ones. Meanwhile every function goes through all
// tiers, and every loop gets continuations: by the clock, forced, and by a seed that picks any iteration and any tier.
// Exceptions of the host leave some loops. The test checks every result. It also runs under TSan, where the host code
// is instrumented.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "jit.h"

#include <atomic>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <thread>

namespace ajit {
namespace {

constexpr int function_count = 20, thread_count = 8, calls = 300;

/// f<i>(n) = Σ_{a<n} Σ_{b<=a%7} (a ^ b) * (i + 1). Every third round calls f<i+1>(n / 4); round 40 calls the host,
/// which may throw.
std::string function_text(int i) {
  return fmt::format(R"(
define i64 @f{0}(i64 %n) {{
entry:
  %turns = alloca i64
  store i64 0, ptr %turns
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %outer, label %none
outer:
  %a = phi i64 [ 0, %entry ], [ %a.next, %latch ]
  %sum = phi i64 [ 0, %entry ], [ %sum.out, %latch ]
  %last = srem i64 %a, 7
  br label %inner
inner:
  %b = phi i64 [ 0, %outer ], [ %b.next, %inner ]
  %s = phi i64 [ %sum, %outer ], [ %s.next, %inner ]
  %x = xor i64 %a, %b
  %m = mul i64 %x, {1}
  %s.next = add i64 %s, %m
  %t = load i64, ptr %turns
  %t.next = add i64 %t, 1
  store i64 %t.next, ptr %turns
  %b.next = add i64 %b, 1
  %again = icmp sle i64 %b.next, %last
  br i1 %again, label %inner, label %after
after:
  %third = srem i64 %a, 3
  %deep = icmp eq i64 %third, 2
  br i1 %deep, label %recur, label %latch
recur:
  %quarter = sdiv i64 %n, 4
  %below = call i64 @f{2}(i64 %quarter)
  %late = icmp eq i64 %a, 41
  br i1 %late, label %ask, label %latch.recur
ask:
  call void @tell(i64 {0})
  br label %latch.recur
latch.recur:
  %with = add i64 %s.next, %below
  br label %latch
latch:
  %sum.out = phi i64 [ %s.next, %after ], [ %with, %latch.recur ]
  %a.next = add i64 %a, 1
  %more = icmp slt i64 %a.next, %n
  br i1 %more, label %outer, label %done
done:
  %turned = load i64, ptr %turns
  %result = add i64 %sum.out, %turned
  ret i64 %result
none:
  ret i64 0
}}
)",
                     i, i + 1, (i + 1) % function_count);
}

long expected(int i, long n) {
  long sum = 0, turns = 0;
  for (long a = 0; a < n; ++a) {
    for (long b = 0; b <= a % 7; ++b, ++turns)
      sum += (a ^ b) * (i + 1);
    if (a % 3 == 2) sum += expected((i + 1) % function_count, n / 4);
  }
  return n > 0 ? sum + turns : 0;
}

struct Left {
  long from;
};
thread_local bool throws = false;

void tell(long from) {
  if (throws) throw Left{from};
}

struct Mode {
  const char* name;
  OsrMode osr;
  bool seeded;
  bool sync;
};

class LoopStress : public testing::TestWithParam<Mode> {};

TEST_P(LoopStress, EveryCallGivesItsResultWhicheverWayItsLoopsGo) {
  Options options;
  options.tiers.thresholds = {10, 40, 160};
  options.tiers.compile_threads = 2;
  options.tiers.sync = GetParam().sync;
  options.tiers.osr.mode = GetParam().osr;
  options.tiers.osr.ticks = 1;
  options.tiers.osr.interval = std::chrono::microseconds(50);
  if (GetParam().seeded) options.tiers.osr.seed = 5;
  auto jit = Jit::create(options);
  ASSERT_TRUE(jit) << jit.error();
  (*jit)->define_symbol("tell", reinterpret_cast<void*>(&tell));
  std::string text = "declare void @tell(i64)\n";
  for (int i = 0; i != function_count; ++i)
    text += function_text(i);
  auto added = (*jit)->add_module(text, "loops.ll");
  ASSERT_TRUE(added) << added.error();
  std::vector<long (*)(long)> functions;
  for (int i = 0; i != function_count; ++i)
    functions.push_back(*(*jit)->lookup<long(long)>(fmt::format("f{}", i)));

  std::atomic<long> wrong{0}, thrown{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t != thread_count; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int call = 0; call != calls; ++call) {
        const int i = static_cast<int>(random() % function_count);
        const long n = static_cast<long>(random() % 60);
        throws = n > 41 && random() % 4 == 0;
        try {
          wrong += functions[static_cast<size_t>(i)](n) != expected(i, n);
          wrong += throws; // the host should have thrown
        } catch (const Left& left) {
          wrong += left.from != i;
          ++thrown;
        }
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(thrown, 0);
  const Stats stats = (*jit)->stats();
  EXPECT_EQ(stats.tiers.failed, 0u);
  EXPECT_EQ(stats.tiers.failed_continuations, 0u);
  if (GetParam().osr == OsrMode::force) EXPECT_GT(stats.tiers.loop_entries, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Modes, LoopStress,
                         testing::Values(Mode{"Clock", OsrMode::on, false, false},
                                         Mode{"Sync", OsrMode::on, false, true},
                                         Mode{"Force", OsrMode::force, false, false},
                                         Mode{"Draws", OsrMode::force, true, false},
                                         Mode{"DrawsSync", OsrMode::force, true, true}),
                         [](const auto& mode) { return mode.param.name; });

} // namespace
} // namespace ajit
