//===- atomic_status.h - One step from one status to the next ----------------------------------------------------===//
//
// The status of a function or loop is a word that many threads exchange. A thread that changes it sees everything done
// before the change that it replaces (acquire), and shows what it did itself (release).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <atomic>

namespace ajit {

/// Replaces the status by `change(status)`; returns the new one.
template <typename Status, typename Change> Status update(std::atomic<Status>& status, Change change) {
  Status seen = status.load(std::memory_order_acquire);
  Status wanted = change(seen);
  while (!status.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel, std::memory_order_acquire))
    wanted = change(seen);
  return wanted;
}

/// Replaces the status if it is still `seen`.
template <typename Status> bool replace(std::atomic<Status>& status, Status seen, Status wanted) {
  return status.compare_exchange_strong(seen, wanted, std::memory_order_acq_rel, std::memory_order_relaxed);
}

} // namespace ajit
