#include "compile_guard.h"

#include <csignal>
#include <gtest/gtest.h>
#include <llvm/Support/ErrorHandling.h>

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

TEST(CompileGuardDeathTest, AFatalErrorOutsideEndsTheProcessWithOneLine) {
  EXPECT_EQ(run_guarded([] {}), std::nullopt);
  EXPECT_EXIT(llvm::report_fatal_error("no memory"), testing::ExitedWithCode(1),
              "^ajit: error: compiler failure: no memory\n$");
}

} // namespace
} // namespace ajit
