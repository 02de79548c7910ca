//===- decision_log.h - The latest decisions, kept without a lock ------------------------------------------------===//
//
// Decisions are taken on the program's threads, possibly in a signal handler, so noting one must neither wait nor
// allocate. A ring of slots: a writer draws a ticket, and a slot's stamp says which ticket's record it holds, odd while
// that is being written. Readers copy a slot and keep the copy if the stamp was even and has not changed (a sequence
// lock). Words are relaxed atomics, so that a copy thrown away was no data race.
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

  /// Notes `record`. It is lost only if a thread was suspended inside add() while `capacity` others were noted.
  void add(const DecisionRecord& record);

  /// The records still held, oldest first. Those being written are left out.
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
