//===- decision_log.cpp ------------------------------------------------------------------------------------------===//
#include "decision_log.h"

#include <algorithm>
#include <bit>

namespace ajit {

static_assert(sizeof(DecisionRecord) % sizeof(uint64_t) == 0);

DecisionLog::DecisionLog() : slots_(std::make_unique<Slot[]>(capacity)) {}

void DecisionLog::add(const DecisionRecord& record) {
  const uint64_t ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
  Slot& slot = slots_[ticket % capacity];

  uint64_t stamp = slot.stamp.load(std::memory_order_relaxed);
  const bool busy = stamp % 2 == 1;
  if (busy || !slot.stamp.compare_exchange_strong(stamp, 2 * ticket + 1, std::memory_order_relaxed)) return;
  // The odd stamp becomes visible before any word of the record.
  std::atomic_thread_fence(std::memory_order_release);
  const auto source = std::bit_cast<Words>(record);
  for (std::size_t i = 0; i < words; ++i)
    slot.record[i].store(source[i], std::memory_order_relaxed);
  slot.stamp.store(2 * ticket + 2, std::memory_order_release);
}

std::vector<DecisionRecord> DecisionLog::latest() const {
  const uint64_t end = next_ticket_.load(std::memory_order_acquire);
  std::vector<DecisionRecord> records;
  records.reserve(std::min<uint64_t>(end, capacity));
  for (uint64_t ticket = end > capacity ? end - capacity : 0; ticket < end; ++ticket) {
    const Slot& slot = slots_[ticket % capacity];
    if (slot.stamp.load(std::memory_order_acquire) != 2 * ticket + 2) continue;
    Words copy;
    for (std::size_t i = 0; i < words; ++i)
      copy[i] = slot.record[i].load(std::memory_order_relaxed);
    // All words are read before the stamp is read again.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot.stamp.load(std::memory_order_relaxed) == 2 * ticket + 2)
      records.push_back(std::bit_cast<DecisionRecord>(copy));
  }
  return records;
}

} // namespace ajit
