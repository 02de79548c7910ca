//===- decision_log.h - The latest decisions, kept without a lock ------------------------------------------------===//
//
// The program's threads take decisions, possibly in a signal handler, so noting one must neither wait nor allocate. The
// log is a ring of slots. A writer draws a ticket and fills the ticket's slot. The slot's stamp says which ticket's
// record it holds, and is odd while a writer fills it. A reader copies a slot and keeps the copy if the stamp was even
// and has not changed (a sequence lock). The words of a record are relaxed atomics, so that a copy that the reader
// throws away is no data race.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "decision_record.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace ajit {

/// Keeps the latest `capacity` records. Any thread may add or read at any time.
class DecisionLog {
public:
  static constexpr std::size_t capacity = 2048;

  DecisionLog();

  /// Adds `record`. It is lost only if a thread was suspended inside add() while others added `capacity` records.
  void add(const DecisionRecord& record);

  /// The records that the log still holds, oldest first. Leaves out those that are being written.
  std::vector<DecisionRecord> latest() const;

private:
  static constexpr std::size_t words = sizeof(DecisionRecord) / sizeof(uint64_t);
  using Words = std::array<uint64_t, words>;

  struct Slot {
    std::atomic<uint64_t> stamp{0}; ///< 2 × ticket + 1 while written, + 2 when complete, 0 if never used
    std::array<std::atomic<uint64_t>, words> record{};
  };

  std::atomic<uint64_t> next_ticket_{0};
  std::unique_ptr<Slot[]> slots_;
};

} // namespace ajit
