// Compiles have a stack, a budget and a way out when memory ends.
#include "compile_budget.h"
#include "compile_guard.h"
#include "compile_stack.h"
#include "sanitizers.h"

#include <gtest/gtest.h>
#include <new>
#include <pthread.h>
#include <unwind.h>

namespace ajit {
namespace {

TEST(CompileStack, IsLargeWhateverTheCallersIs) {
  if (sanitized) GTEST_SKIP() << "compiles stay on the caller's stack";
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  static bool reached = false;
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void*) -> void* {
                  run_on_compile_stack([] {
                    volatile char large[1 << 20]; // sixteen times the thread's stack
                    for (std::size_t i = 0; i < sizeof large; i += 4096)
                      large[i] = 1;
                    reached = large[0] == 1;
                  });
                  return nullptr;
                },
                nullptr),
            0);
  pthread_join(thread, nullptr);
  EXPECT_TRUE(reached);
}

TEST(CompileStack, NestsOnOneStack) {
  if (sanitized) GTEST_SKIP() << "compiles stay on the caller's stack";
  char* outer = nullptr;
  char* inner = nullptr;
  run_on_compile_stack([&] {
    char here;
    outer = &here;
    run_on_compile_stack([&] {
      char there;
      inner = &there;
    });
  });
  EXPECT_LT(outer - inner, 4096);
  EXPECT_GT(outer - inner, 0);
}

int depth_from_here() {
  int depth = 0;
  _Unwind_Backtrace(
      [](_Unwind_Context*, void* count) {
        ++*static_cast<int*>(count);
        return _URC_NO_REASON;
      },
      &depth);
  return depth;
}

TEST(CompileStack, BacktracesPassThrough) {
  const int without = depth_from_here();
  int within = 0;
  run_on_compile_stack([&] { within = depth_from_here(); });
  EXPECT_GT(within, without);
}

TEST(CompileStack, ExceptionsComeOutAndTheStackIsUsedAgain) {
  for (int i = 0; i != 100; ++i)
    EXPECT_THROW(run_on_compile_stack([] { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST(CompileGuard, MemoryThatRunsOutEndsTheWorkAlone) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's operator new does not ask the handler";
  ASSERT_TRUE(has_memory_reserve());
  std::optional<std::string> failure = run_guarded([] {
    // More than any machine has: malloc fails, and operator new asks the handler.
    static_cast<void>(::operator new (std::size_t{1} << 60));
  });
  EXPECT_EQ(failure, "out of memory");
  EXPECT_FALSE(run_guarded([] {}));
}

TEST(CompileBudget, GrowsWithTheUnit) {
  EXPECT_GE(compile_budget_ms(0), 1000u);
  EXPECT_GT(compile_budget_ms(100'000), 50'000u);
}

} // namespace
} // namespace ajit
