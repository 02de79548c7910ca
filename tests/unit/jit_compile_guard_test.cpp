#include "compile_gate.h"
#include "compile_guard.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <llvm/Support/ErrorHandling.h>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <shared_mutex>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit {
namespace {

TEST(CompileGuard, LetsGoodWorkPass) {
  int done = 0;
  EXPECT_EQ(run_guarded([&] { ++done; }), std::nullopt);
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(inside_guarded_work());
}

TEST(CompileGuard, TurnsAFatalErrorIntoAReason) {
  EXPECT_EQ(run_guarded([] { llvm::report_fatal_error("cannot select"); }), "cannot select");
  EXPECT_FALSE(inside_guarded_work());
  EXPECT_EQ(run_guarded([] { llvm::report_fatal_error("again"); }), "again");
}

TEST(CompileGuard, TurnsAFaultIntoAReason) {
  const auto before = std::signal(SIGSEGV, [](int signal) { end_guarded_work(signal); });
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(run_guarded([] { std::raise(SIGSEGV); }), "the compiler crashed: Segmentation fault");
  std::signal(SIGSEGV, before);
}

//===--------------------------------------------------------------------------------------------------------------===//
// What a jump out of guarded work leaves behind

CompileGate& gate() { return CompileGate::of_process(); }

/// Whether `work` on another thread ends within some time.
template <typename Work> bool ends(Work work) {
  auto ended = std::make_shared<std::atomic<bool>>(false); // outlives this call if the thread hangs
  std::thread([work, ended] {
    work();
    *ended = true;
  }).detach();
  for (int i = 0; i != 2000 && !*ended; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return *ended;
}

/// Whether forks pass, and then their child's threads.
bool forks_pass() {
  return ends([] {
    for (bool windows_too : {false, true}) {
      gate().close(windows_too);
      const pid_t child = fork();
      if (child == 0) {
        gate().reset_after_fork();
        alarm(20); // instead of a hang
        gate().close(/*windows_too=*/true);
        _exit(0);
      }
      gate().open();
      int status = 1;
      waitpid(child, &status, 0);
      if (status != 0) abort();
    }
  });
}

[[noreturn]] void give_up() { llvm::report_fatal_error("given up"); }

/// Runs guarded work that gives up. Then the thread must be where it was in the gate.
template <typename Work> void expect_return_to_same_position(Work work) {
  const CompileGate::Position before = CompileGate::position();
  EXPECT_EQ(run_guarded(work), "given up");
  const CompileGate::Position after = CompileGate::position();
  EXPECT_EQ(after.depth, before.depth);
  EXPECT_EQ(after.windows, before.windows);
}

TEST(CompileGuard, AJumpOutOfAnInsideInAWindowReturnsToTheWindow) {
  {
    const CompileGate::Inside inside;
    const CompileGate::Window window;
    expect_return_to_same_position([] {
      const CompileGate::Inside within;
      give_up();
    });
    EXPECT_TRUE(CompileGate::this_thread_in_window());
    EXPECT_TRUE(ends([] {
      gate().close();
      gate().open();
    }));
  }
  EXPECT_FALSE(CompileGate::this_thread_inside());
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, AJumpOutOfAWindowReturnsInside) {
  {
    const CompileGate::Inside inside;
    expect_return_to_same_position([] {
      const CompileGate::Window window;
      give_up();
    });
    EXPECT_FALSE(CompileGate::this_thread_in_window());
  }
  EXPECT_FALSE(CompileGate::this_thread_inside());
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, AJumpOutOfNestedInsidesReturnsOutside) {
  expect_return_to_same_position([] {
    const CompileGate::Inside outer;
    const CompileGate::Inside inner;
    give_up();
  });
  EXPECT_FALSE(CompileGate::this_thread_inside());
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, AJumpOutOfAWindowInAnInsideReturnsOutside) {
  expect_return_to_same_position([] {
    const CompileGate::Inside outer;
    const CompileGate::Window window;
    const CompileGate::Inside inner;
    const CompileGate::Window inner_window;
    give_up();
  });
  EXPECT_FALSE(CompileGate::this_thread_inside());
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, AJumpGivesBackLocks) {
  static std::mutex mutex, outer_mutex;
  static std::recursive_mutex recursive;
  static std::shared_mutex read, written;
  const std::lock_guard outer(outer_mutex);
  for (bool in_window : {false, true}) {
    std::optional<CompileGate::Inside> inside;
    std::optional<CompileGate::Window> window;
    if (in_window) {
      inside.emplace();
      window.emplace();
    }
    expect_return_to_same_position([] {
      mutex.lock();
      recursive.lock();
      recursive.lock();
      read.lock_shared();
      written.lock();
      give_up();
    });
    EXPECT_TRUE(ends([] {
      const std::scoped_lock lock(mutex, recursive);
      const std::lock_guard lock_read(read), lock_written(written);
    }));
  }
  EXPECT_TRUE(ends([] { EXPECT_FALSE(outer_mutex.try_lock()); })) << "it was taken before the work began";
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, AJumpLetsOthersMakeAStaticLocalAndCallOnce) {
  static std::atomic<bool> may_give_up{true};
  struct Made {
    Made() {
      if (may_give_up) give_up();
    }
  };
  const auto make = [] {
    static const Made made;
    static_cast<void>(made);
  };
  expect_return_to_same_position(make);
  static std::once_flag flag;
  const auto call = [] {
    std::call_once(flag, [] {
      if (may_give_up) give_up();
    });
  };
  expect_return_to_same_position(call);
  may_give_up = false;
  EXPECT_TRUE(ends(make));
  EXPECT_TRUE(ends(call));
  EXPECT_TRUE(forks_pass());
}

TEST(CompileGuard, WhatWorkDoesForOthersUsesTheReserve) {
  ASSERT_TRUE(has_memory_reserve());
  const auto run_out = [] {
    if (std::new_handler handler = std::get_new_handler()) handler();
  };
  EXPECT_EQ(run_guarded(run_out), "out of memory");
  EXPECT_EQ(run_guarded([&] {
              const MemoryReserveScope scope;
              run_out();
            }),
            std::nullopt);
  EXPECT_EQ(run_guarded(run_out), "out of memory");
  EXPECT_EQ(run_link_guarded(run_out), "out of memory") << "the reserve is spent";
  EXPECT_TRUE(has_memory_reserve());
}

TEST(CompileGuardDeathTest, AFatalErrorOutsideEndsTheProcessWithOneLine) {
  EXPECT_EQ(run_guarded([] {}), std::nullopt);
  EXPECT_EXIT(llvm::report_fatal_error("no memory"), testing::ExitedWithCode(1),
              "^ajit: error: compiler failure: no memory\n$");
}

} // namespace
} // namespace ajit
