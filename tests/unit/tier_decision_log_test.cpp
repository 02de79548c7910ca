// The ring of the latest decisions.
#include "decision_log.h"

#include <gtest/gtest.h>
#include <thread>

namespace ajit {
namespace {

/// All figures of record `n` derive from n, so a test can detect a torn record.
DecisionRecord numbered(uint32_t n) {
  return {.calls = n, .threshold = uint64_t{n} * 3, .id = FunctionId{n}, .queue_length = n, .code_bytes = n};
}

bool is_whole(const DecisionRecord& record) {
  const auto n = static_cast<uint32_t>(record.calls);
  return record.threshold == uint64_t{n} * 3 && index_of(record.id) == n && record.queue_length == n &&
         record.code_bytes == n;
}

TEST(DecisionLog, KeepsRecordsInOrder) {
  DecisionLog log;
  EXPECT_TRUE(log.latest().empty());
  log.add(numbered(7));
  log.add(numbered(8));
  const auto records = log.latest();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].calls, 7u);
  EXPECT_EQ(records[1].calls, 8u);
}

TEST(DecisionLog, ForgetsTheOldestWhenFull) {
  DecisionLog log;
  for (uint32_t n = 0; n < DecisionLog::capacity + 10; ++n)
    log.add(numbered(n));
  const auto records = log.latest();
  ASSERT_EQ(records.size(), DecisionLog::capacity);
  EXPECT_EQ(records.front().calls, 10u);
  EXPECT_EQ(records.back().calls, DecisionLog::capacity + 9);
}

TEST(DecisionLog, ReadersNeverSeeATornRecord) {
  DecisionLog log;
  std::atomic<bool> over{false};
  std::jthread reader([&] {
    while (!over)
      for (const DecisionRecord& record : log.latest())
        EXPECT_TRUE(is_whole(record));
  });
  std::vector<std::jthread> writers;
  for (uint32_t writer = 0; writer < 4; ++writer)
    writers.emplace_back([&, writer] {
      for (uint32_t n = 0; n < 5000; ++n)
        log.add(numbered(writer * 5000 + n));
    });
  writers.clear();
  over = true;
}

} // namespace
} // namespace ajit
