// A process forks while compiles of its functions are pending.
#include "tier_fakes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit::testing {
namespace {

/// ThreadSanitizer ends a child that starts threads.
#if __has_feature(thread_sanitizer)
constexpr bool child_may_start_threads = false;
#else
constexpr bool child_may_start_threads = true;
#endif

/// A child requests compiles from the start.
constexpr std::chrono::milliseconds no_youth{0};

/// Runs `child` in a forked process, the way an atfork handler would; true if it returned true.
template <typename Child> bool in_forked_child(FakeProgram& program, Child child) {
  program.manager->before_fork();
  program.manager->park();
  const pid_t pid = fork();
  if (pid == 0) {
    program.manager->reset_after_fork();
    _exit(child() ? 0 : 1);
  }
  program.manager->unpark();
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(TierFork, TheChildHasItsOwnCompileThreads) {
  if (!child_may_start_threads) GTEST_SKIP() << "ThreadSanitizer does not allow it";
  FakeProgram program({.compile_threads = 2, .fork_youth = no_youth});
  program.install_first(fib);
  program.calls(fib, 100);
  program.settle(); // the parent's threads run
  EXPECT_TRUE(in_forked_child(program, [&] {
    program.calls(fib, 900);
    program.settle();
    return program.call(fib) == Tier::O2;
  }));
  program.calls(fib, 900);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O2); // and so do the parent's still
}

TEST(TierFork, AYoungChildAsksItsParentAndCompilesNothing) {
  FakeProgram program({.compile_threads = 1, .fork_youth = std::chrono::hours(1)});
  program.install_first(fib);
  program.calls(fib, 10);
  EXPECT_TRUE(in_forked_child(program, [&] {
    program.calls(fib, 990);
    program.install_first(other);
    return program.manager->stats().crossings == 0 && program.call(fib) == Tier::O0;
  }));
  EXPECT_EQ(program.call(fib), Tier::O0);
  std::vector<FunctionId> made;
  const auto make = [&](std::span<const FunctionId> ids) { made.assign(ids.begin(), ids.end()); };
  program.manager->grant_wishes(make);
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O2); // after 11 calls of its own
  EXPECT_EQ(made, std::vector{other});
  made.clear();
  program.manager->grant_wishes(make); // told once
  EXPECT_TRUE(made.empty());
}

TEST(TierFork, RequestsThatWaitAreAskedForAgainInTheChild) {
  if (!child_may_start_threads) GTEST_SKIP() << "ThreadSanitizer does not allow it";
  FakeProgram program({.compile_threads = 1, .fork_youth = no_youth});
  program.install_first(fib);
  program.install_first(other);
  program.manager->request_ahead(std::vector{FunctionId{2}});
  program.settle();
  program.manager->park();
  program.calls(fib, 100);
  ASSERT_EQ(program.manager->profile(fib).status.state, FunctionState::queued);
  EXPECT_TRUE(in_forked_child(program, [&] {
    const bool forgotten = program.manager->profile(fib).status.state == FunctionState::installed &&
                           program.manager->stats().queue_length == 0;
    program.calls(fib, 30);
    program.settle();
    return forgotten && program.call(fib) == Tier::O1;
  }));
  program.manager->unpark();
  program.settle();
  EXPECT_EQ(program.call(fib), Tier::O1);
}

TEST(TierFork, ForkWaitsForTheCompileUnderWay) {
  FakeProgram program({.compile_threads = 1});
  program.install_first(fib);
  program.compiler.hold();
  program.calls(fib, 100);
  program.compiler.wait_begun(1);
  std::jthread releaser([&] { program.compiler.release(); });
  EXPECT_TRUE(in_forked_child(program, [&] { return program.call(fib) == Tier::O1; }));
}

} // namespace
} // namespace ajit::testing
