// The compile threads themselves.
#include "worker_pool.h"

#include <csignal>
#include <gtest/gtest.h>

namespace ajit {
namespace {

TEST(WorkerPool, StartsOnceWhenNeeded) {
  std::atomic<unsigned> ran{0};
  WorkerPool pool(3, [&] { ++ran; });
  EXPECT_EQ(ran, 0u);
  EXPECT_TRUE(pool.start());
  EXPECT_TRUE(pool.start());
  pool.join();
  EXPECT_EQ(ran, 3u);
}

TEST(WorkerPool, DoesNotStartAfterJoin) {
  std::atomic<unsigned> ran{0};
  WorkerPool pool(1, [&] { ++ran; });
  pool.join();
  EXPECT_FALSE(pool.start());
  EXPECT_EQ(ran, 0u);
}

TEST(WorkerPool, AnEmptyPoolHasNothingToStart) {
  WorkerPool pool(0, [] {});
  EXPECT_FALSE(pool.start());
}

TEST(WorkerPool, ThreadsTakeNoSignalsButTheirOwnFaults) {
  sigset_t masks[2];
  std::atomic<unsigned> next{0};
  WorkerPool pool(2, [&] { pthread_sigmask(SIG_BLOCK, nullptr, &masks[next++]); });
  pool.start();
  pool.join();
  for (const sigset_t& mask : masks) {
    for (int blocked : {SIGINT, SIGTERM, SIGALRM, SIGPROF, SIGCHLD, SIGUSR1, SIGHUP})
      EXPECT_TRUE(sigismember(&mask, blocked)) << blocked;
    EXPECT_FALSE(sigismember(&mask, SIGSEGV));
  }
  sigset_t ours;
  pthread_sigmask(SIG_BLOCK, nullptr, &ours);
  EXPECT_FALSE(sigismember(&ours, SIGINT));
}

} // namespace
} // namespace ajit
